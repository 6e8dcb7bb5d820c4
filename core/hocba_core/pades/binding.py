"""How a PDF names the record that it is the face of: one keyword in its information dictionary, covered by the seal."""

from __future__ import annotations

import re

BINDING = re.compile(
    rb"/Keywords\(hocba:1 uuid=([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}) data-sha256=([0-9a-f]{64})"
    rb" tax-code=([0-9]{10}(?:[0-9]{3})?) profile=([a-z0-9_]{1,40})\)"
)
"""binding() as it stands in the file; groups in the order of its arguments."""


def binding(uuid: str, data_digest: str, tax_code: str, profile: str) -> str:
    """`data_digest`: SHA-256 of the record's #data, hexadecimal; `profile`: its key."""
    return f"hocba:1 uuid={uuid} data-sha256={data_digest} tax-code={tax_code} profile={profile}"
