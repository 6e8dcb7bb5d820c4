"""A small PDF of our shape with a planned field: for tests of the seal that need no typesetting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from hocba_core.certificate import Certificate
from hocba_core.pades import cms
from hocba_core.pades import field as seal
from hocba_core.pades.embed import embed
from hocba_core.pades.field import Place
from hocba_core.pades.prepare import prepare
from hocba_core.testing.pki import Identity
from hocba_core.testing.sample import TAX_CODE, sample_uuid

PLACE = Place(200, 100, 360, 170)
DATA_DIGEST = sha256(b"a record's data").hexdigest()


def _stream(dictionary: bytes, data: bytes) -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (dictionary, len(data), data)


def form_objects(tax_code: str = TAX_CODE) -> list[bytes]:
    """Objects 1 to 9: catalog, pages, two pages, their contents, appearance, a place for the field, information."""
    keywords = f"hocba:1 uuid={sample_uuid()} data-sha256={DATA_DIGEST} tax-code={tax_code} profile=thcs_tt22_1"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents %d 0 R>>"
    return [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>",
        page % 5,
        page % 6,
        _stream(b"", b"0 0 1 rg 72 700 100 20 re f"),
        _stream(b"", b"0 0 1 rg 72 600 100 20 re f"),
        _stream(b"/Type/XObject/Subtype/Form/BBox[0 0 160 70]/Resources<<>>", b"1 0 0 RG 1 1 158 68 re S"),
        b"null",
        b"<</Title(A form)/Keywords(%b)>>" % keywords.encode(),
    ]


def plan_objects(objects: Sequence[bytes]) -> bytes:
    return seal.plan(objects, 1, 9, page=4, field=8, appearance=7, place=PLACE)


def small_form(tax_code: str = TAX_CODE) -> bytes:
    return plan_objects(form_objects(tax_code))


def sealed(form: bytes, identity: Identity, at: datetime) -> bytes:
    """The form with the seal of that identity, whoever it is."""
    prepared = prepare(form, Certificate.read(identity.certificate), identity.chain, at)
    return embed(prepared, identity.sign_digest(prepared.digest))


@dataclass(frozen=True, slots=True)
class Forger:
    """Someone who holds a good key and signs whatever file he made: what remains are the rules of form."""

    identity: Identity

    def sign(self, pdf: bytes, build: Callable[..., bytes] = cms.build) -> bytes:
        """`pdf` names its hole by a true or untrue ByteRange; the digest is taken of what that says."""
        at = pdf.rindex(b"/ByteRange[") + len(b"/ByteRange[")
        start, length, after, rest = (int(part) for part in pdf[at : pdf.index(b"]", at)].split())
        return self.fill(pdf, sha256(pdf[start : start + length] + pdf[after : after + rest]).digest(), build)

    def fill(self, pdf: bytes, message_digest: bytes, build: Callable[..., bytes] = cms.build) -> bytes:
        """Fill the last hole with a CMS over that digest."""
        certificate, chain = self.identity.certificate, self.identity.chain
        kind = Certificate.read(certificate).key_kind
        attributes = cms.signed_attributes(message_digest, certificate)
        value = self.identity.sign_digest(sha256(attributes).digest())
        text = build(message_digest, certificate, chain, kind, value).hex().encode()
        start = pdf.rindex(b"/Contents<") + len(b"/Contents<")
        end = pdf.index(b">", start)
        return pdf[:start] + text.ljust(end - start, b"0") + pdf[end:]
