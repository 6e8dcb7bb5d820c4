"""Other people's verifiers, asked about our files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"

ID_ELEMENTS: Final = (
    "DU_LIEU_HOC_BA",
    "THONG_TIN_HOC_BA",
    "DIEM_TONG_KET",
    "GVBM",
    "GVCN",
    "CBQL",
    "KY_PHAT_HANH",
    "DU_LIEU_GOI_TIN",
    "KY_GOI_TIN",
    f"{DS}:Signature",
    f"{DS}:Reference",
    f"{XADES}:SignedProperties",
)
"""Every element of a record or package that has an Id, as Debian's xmlsec1 wants them named."""


def xmlsec1_complaints(xml: Path, roots: Sequence[Path], at: datetime | None = None) -> Iterator[str]:
    """What xmlsec1 says of each signature that it does not accept, with every Id registered.

    `at`: the moment to judge certificates by; None is now. Raises AssertionError for a file without signatures.
    """
    count = xml.read_bytes().count(b"<ds:Signature ")
    assert count, f"{xml.name} has no signature"
    options = [word for root in roots for word in ("--trusted-pem", str(root))]
    options += [word for name in ID_ELEMENTS for word in ("--id-attr:Id", name)]
    if at is not None:
        options += ["--verification-time", f"{at:%Y-%m-%d %H:%M:%S}"]
    for number in range(1, count + 1):
        which = ["--node-xpath", f"(//*[local-name()='Signature'])[{number}]"]
        command = ["xmlsec1", "--verify", "--enabled-key-data", "x509", *options, *which, str(xml)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            yield f"signature {number}: {done.stderr.strip()}"
