"""A small test PKI: roots, issuing CAs, people's and schools' certificates, good and bad ones.

Real keys and real certificates, made when they are needed and never stored in the repository. RSA keys are
slow to make, so issued identities take theirs from a small pool unless a key of their own is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_SHA256 = Prehashed(SHA256())
YEAR = timedelta(days=365)


def new_key(kind: str = "rsa", bits: int = 2048) -> Key:
    """`kind` is "rsa" or "p256"."""
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@lru_cache(maxsize=64)
def pooled_key(kind: str, number: int) -> Key:
    """The same key for the same number within one process: people differ, keys may be shared by tests."""
    return new_key(kind)


def sign_raw(key: Key, digest: bytes) -> bytes:
    """Raw value over a SHA-256 digest: PKCS#1 v1.5, or r‖s."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(digest, PKCS1v15(), _SHA256)
    r, s = decode_dss_signature(key.sign(digest, ec.ECDSA(_SHA256)))
    return r.to_bytes(32) + s.to_bytes(32)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key."""

    certificate: bytes
    """DER."""
    key: Key = field(repr=False)
    chain: tuple[bytes, ...]
    """DER, issuing CA first, without the root."""

    def sign_digest(self, digest: bytes) -> bytes:
        return sign_raw(self.key, digest)


@dataclass(slots=True)
class TestCa:
    """A root with one issuing CA under it."""

    __test__ = False  # not a test class, whatever its name begins with

    name: str
    root: x509.Certificate
    issuing: x509.Certificate
    _issuing_key: Key
    _now: datetime
    _count: int = 0

    @classmethod
    def create(cls, name: str, now: datetime, *, kind: str = "rsa") -> TestCa:
        """Valid from ten years before `now` to ten years after."""
        root_key, issuing_key = new_key(kind), new_key(kind)
        start, end = now - 10 * YEAR, now + 10 * YEAR
        root_name, issuing_name = _name(f"{name} Root"), _name(f"{name} Issuing")
        root = _ca(root_name, root_name, root_key, root_key, start, end, path_length=1)
        issuing = _ca(issuing_name, root_name, issuing_key, root_key, start, end, path_length=0)
        return cls(name, root, issuing, issuing_key, now)

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    @property
    def root_der(self) -> bytes:
        return self.root.public_bytes(Encoding.DER)

    def issue_person(
        self,
        name: str,
        number: str,
        *,
        key: Key | str | None = None,
        prefix: str = "CCCD:",
        **how: object,
    ) -> Identity:
        """`key`: a key, "rsa" or "p256" for a fresh one, or None for one of the pool. `how`: see issue()."""
        attributes = [(NameOID.COUNTRY_NAME, "VN"), (NameOID.COMMON_NAME, name)]
        if number:
            attributes.append((NameOID.USER_ID, f"{prefix}{number}"))
        return self.issue(attributes, key=key, **how)  # type: ignore[arg-type]

    def issue_school(self, name: str, tax_code: str, *, key: Key | str | None = None, **how: object) -> Identity:
        attributes = [
            (NameOID.COUNTRY_NAME, "VN"),
            (NameOID.ORGANIZATION_NAME, name[:64]),
            (NameOID.COMMON_NAME, name[:64]),
            (NameOID.USER_ID, f"MST:{tax_code}"),
        ]
        return self.issue(attributes, key=key, **how)  # type: ignore[arg-type]

    def issue(
        self,
        subject: Sequence[tuple[x509.ObjectIdentifier, str]],
        *,
        key: Key | str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        signing_usage: bool = True,
        login_only: bool = False,
        is_ca: bool = False,
        signed_by: Key | None = None,
        issued_by: Identity | None = None,
    ) -> Identity:
        """One certificate; the flags make the bad ones. `signed_by` another key forges the CA's signature.

        `issued_by` an identity puts that one in the CA's place, whether it may issue or not.
        """
        self._count += 1
        own = (
            key
            if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
            else new_key(key)
            if key
            else pooled_key("rsa", self._count % 4)
        )
        issuer = x509.load_der_x509_certificate(issued_by.certificate) if issued_by else self.issuing
        issuing_key = issued_by.key if issued_by else self._issuing_key
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(oid, value) for oid, value in subject]))
            .issuer_name(issuer.subject)
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start or self._now - YEAR)
            .not_valid_after(end or self._now + 2 * YEAR)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(_usage(signing=signing_usage, ca=is_ca), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing_key.public_key()),
                critical=False,
            )
        )
        if login_only:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        certificate = builder.sign(signed_by or issuing_key, SHA256())
        above = (issued_by.certificate, *issued_by.chain) if issued_by else (self.issuing.public_bytes(Encoding.DER),)
        return Identity(certificate.public_bytes(Encoding.DER), own, above)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signing: bool, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signing and not ca,
        content_commitment=signing and not ca,
        key_encipherment=not signing and not ca,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _ca(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    signer: Key,
    start: datetime,
    end: datetime,
    *,
    path_length: int,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(signing=False, ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, SHA256())
    )
