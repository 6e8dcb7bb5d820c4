"""Reads one of our signatures back: the template's text as a pattern that must match to the last byte.

Anything that differs from the one form (another transform, algorithm, reference, an extra element, a comment,
another namespace prefix) does not match, so nothing that could mislead a reader is ever interpreted.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from hocba_core.provider import KeyKind
from hocba_core.xades import template

_B64 = "[A-Za-z0-9+/]+={0,2}"
_ID = "[A-Za-z][A-Za-z0-9-]{0,63}"
_DIGEST = "[A-Za-z0-9+/]{43}="
_HOLES = {
    "%METHOD%": f"(?P<method>{'|'.join(re.escape(method) for method in template.METHODS.values())})",
    "%PROPERTIES_DIGEST%": f"(?P<properties_digest>{_DIGEST})",
    "%VALUE%": f"(?P<value>{_B64})",
    "%TIME%": r"(?P<time>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)",
    "%CERT%": f"(?P<certificate_digest>{_DIGEST})",
    "%X509%": f"(?P<x509>(?:<ds:X509Certificate>{_B64}</ds:X509Certificate>){{1,5}})",
}
_KINDS = {method: kind for kind, method in template.METHODS.items()}
_X509 = re.compile(f"<ds:X509Certificate>({_B64})</ds:X509Certificate>")


@dataclass(frozen=True, slots=True)
class ReadSignature:
    """What a signature says of itself; nothing of it is believed yet."""

    key_kind: KeyKind
    targets: tuple[str, ...]
    """Ids of the parts that its data references name, in order."""
    digests: tuple[bytes, ...]
    """Of those parts, as it says."""
    properties_digest: bytes
    value: bytes
    time: datetime
    certificate_digest: bytes
    certificates: tuple[bytes, ...]
    """DER; the signer's first."""
    info: str = field(repr=False)
    properties: str = field(repr=False)


def read_signature(xml: bytes, slot: str, references: int) -> ReadSignature | None:
    """None when it is not exactly the form of that slot with so many data references."""
    try:
        text = xml.decode("ascii")
    except UnicodeDecodeError:
        return None
    match = _pattern(slot, references).fullmatch(text)
    if match is None:
        return None
    try:
        return ReadSignature(
            key_kind=_KINDS[match["method"]],
            targets=tuple(match[f"target{n}"] for n in range(references)),
            digests=tuple(b64decode(match[f"digest{n}"]) for n in range(references)),
            properties_digest=b64decode(match["properties_digest"]),
            value=_decode(match["value"]),
            time=datetime.fromisoformat(match["time"]),
            certificate_digest=b64decode(match["certificate_digest"]),
            certificates=tuple(_decode_kept(found) for found in _X509.findall(match["x509"])),
            info=match["info"],
            properties=match["properties"],
        )
    except (ValueError, Base64Error):
        return None


def _decode(text: str) -> bytes:
    """Base64 in its one form: the unused bits of the last letter are signed by nobody, so they must be zero."""
    data = b64decode(text, validate=True)
    if b64encode(data).decode() != text:
        raise ValueError("base64 with stray bits")
    return data


_decode_kept = lru_cache(maxsize=1024)(_decode)


@lru_cache(maxsize=256)
def _pattern(slot: str, references: int) -> re.Pattern[str]:
    """Made once per slot; the Ids that it covers are read and compared, so that records share it."""
    numbered = list(enumerate(range(references), 1))
    parts = [template.data_reference(slot, number, f"%TARGET{n}%", f"%DIGEST{n}%") for number, n in numbered]
    parts.append(template.properties_reference(slot, "%PROPERTIES_DIGEST%"))
    info = template.signed_info("%METHOD%", "".join(parts))
    formats = "".join(template.data_object_format(slot, number) for number, _ in numbered)
    properties = template.signed_properties(slot, "%TIME%", "%CERT%", formats)
    whole = template.signature(slot, "%INFO(%" + info + "%)%", "%VALUE%", "%X509%", "%PROP(%" + properties + "%)%")
    pattern = re.escape(whole)
    pattern = pattern.replace(re.escape("%INFO(%"), "(?P<info>").replace(re.escape("%PROP(%"), "(?P<properties>")
    pattern = pattern.replace(re.escape("%)%"), ")")
    for n in range(references):
        pattern = pattern.replace(re.escape(f"%TARGET{n}%"), f"(?P<target{n}>{_ID})")
        pattern = pattern.replace(re.escape(f"%DIGEST{n}%"), f"(?P<digest{n}>{_DIGEST})")
    for hole, group in _HOLES.items():
        pattern = pattern.replace(re.escape(hole), group)
    return re.compile(pattern)
