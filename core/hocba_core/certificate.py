"""What we read from an X.509 certificate: whose it is, for what, and until when. Decides nothing about trust.

Vietnamese certificates carry the person's number in UID or serialNumber, with or without a prefix
("CMND:", "CCCD:", "CMT_", "PID:"), and an organisation's tax code as "MST:" (facts from certificates in use).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hocba_core.errors import BadInput
from hocba_core.provider import KeyKind

_PERSON = re.compile(r"^(?:(?:CMND|CCCD|CMT|PID|HC)\s*[:_]\s*)?(\d{9}|\d{12})$")
_TAX = re.compile(r"^MST\s*[:_]\s*(\d{10}(?:-?\d{3})?)$")
_LEAST_MASKED = 9
_LONG = re.compile(r"\d{9,}")
_MIN_RSA_BITS = 2048
_BROKEN = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    CryptographyDeprecationWarning,  # only where warnings are errors: a serial number of zero or less
)
"""What the parser says of bytes that are no proper certificate (its errors have no common root)."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of one certificate. `der` is the whole of it."""

    der: bytes = field(repr=False)
    name: str
    organisation: str
    personal_number: str
    """9 or 12 digits; "" when the subject has none."""
    tax_code: str
    """"" when it is not an organisation's."""
    issuer: str
    serial: str
    """Hexadecimal, upper case."""
    not_before: datetime
    not_after: datetime
    key_kind: KeyKind | None
    """None: a key that may not sign a record (too short, another curve or kind)."""
    key_bytes: int
    """Length of a raw signature value."""
    may_sign: bool
    """digitalSignature or nonRepudiation, not a CA, and no purpose that excludes signing documents."""
    fingerprint: str
    """SHA-256 of `der`, lower-case hexadecimal."""
    public_key: RSAPublicKey | EllipticCurvePublicKey | None = field(repr=False, compare=False)

    @staticmethod
    def read(der: bytes) -> Certificate:
        """Raises BadInput(field="certificate") when it is not DER of a certificate."""
        return _read(der)

    def is_valid_at(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after

    @property
    def is_organisation(self) -> bool:
        return bool(self.tax_code) and not self.personal_number

    @property
    def masked_subject(self) -> str:
        """For screens and lists: the name, with the number's middle hidden."""
        number = self.personal_number or self.tax_code
        return f"{self.masked_name} ({mask(number)})" if number else self.masked_name

    @property
    def masked_name(self) -> str:
        """Some CAs write the number into the name too."""
        return _LONG.sub(lambda found: mask(found[0]), self.name)


def mask(number: str) -> str:
    """For screens, lists and reports: the first and the last three digits; "" of what is too short to hide any."""
    return f"{number[:3]}…{number[-3:]}" if len(number) >= _LEAST_MASKED else ""


@lru_cache(maxsize=4096)
def _read(der: bytes) -> Certificate:
    try:
        return _facts(der, x509.load_der_x509_certificate(der))
    except _BROKEN as error:
        # parts of a certificate are read only when they are asked for, and any of them may be broken
        raise BadInput(field="certificate", expected="X.509 DER") from error


def _facts(der: bytes, parsed: x509.Certificate) -> Certificate:
    subject = parsed.subject
    try:
        key: object = parsed.public_key()
    except UnsupportedAlgorithm:
        key = None
    numbers = [
        str(attribute.value).strip()
        for oid in (NameOID.USER_ID, NameOID.SERIAL_NUMBER)
        for attribute in subject.get_attributes_for_oid(oid)
    ]
    kind, key_bytes = _key_kind(key)
    return Certificate(
        der=der,
        name=_first(subject, NameOID.COMMON_NAME),
        organisation=_first(subject, NameOID.ORGANIZATION_NAME),
        personal_number=_match(_PERSON, numbers),
        tax_code=_match(_TAX, numbers).replace("-", ""),
        issuer=_first(parsed.issuer, NameOID.COMMON_NAME),
        serial=f"{parsed.serial_number:X}",
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        key_kind=kind,
        key_bytes=key_bytes,
        may_sign=_may_sign(parsed),
        fingerprint=sha256(der).hexdigest(),
        public_key=key if isinstance(key, RSAPublicKey | EllipticCurvePublicKey) else None,
    )


@lru_cache(maxsize=1024)
def issuers_in_order(certificate: bytes, given: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Of the given DER certificates the path upwards, nearest issuer first, without the root.

    Vendors give them in any order, twice, with the root or with strangers. Follows names only; judges nothing.
    Raises BadInput when one of them is none.
    """
    try:
        by_subject = {
            issuer.subject.public_bytes(): issuer
            for issuer in map(x509.load_der_x509_certificate, reversed(given))
            if issuer.subject != issuer.issuer
        }
        at, path = x509.load_der_x509_certificate(certificate), []
        while (above := by_subject.pop(at.issuer.public_bytes(), None)) is not None:
            path.append(above.public_bytes(Encoding.DER))
            at = above
    except _BROKEN as error:
        raise BadInput(field="certificate", expected="X.509 DER") from error
    return tuple(path)


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _match(pattern: re.Pattern[str], values: list[str]) -> str:
    return next((found[1] for value in values if (found := pattern.match(value))), "")


def _key_kind(key: object) -> tuple[KeyKind | None, int]:
    if isinstance(key, RSAPublicKey):
        return (KeyKind.RSA if key.key_size >= _MIN_RSA_BITS else None), (key.key_size + 7) // 8
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return KeyKind.P256, 64
    return None, 0


def _may_sign(parsed: x509.Certificate) -> bool:
    extensions = parsed.extensions
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    if not (usage.digital_signature or usage.content_commitment):
        return False
    try:
        purposes = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return True
    # a certificate for logging in to sites and for nothing else must not sign documents
    only_login = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}
    return not purposes <= only_login
