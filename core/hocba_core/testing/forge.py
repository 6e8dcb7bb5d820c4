"""A forger's workshop: a good record, and the ways to make bad ones of it that other verifiers may believe.

Signatures are made anew with real keys after a change, as a dishonest signer would do; so what a test refuses
is refused for its form, not because the arithmetic fails.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from lxml import etree

from hocba_core.certificate import Certificate
from hocba_core.testing.pki import Identity
from hocba_core.testing.sample import Signers, sample_content
from hocba_core.transcript.profile import load_profile
from hocba_core.transcript.record import Skeleton, assemble, build
from hocba_core.trust import TrustStore
from hocba_core.verify.record import verify_record
from hocba_core.verify.verdict import Verdict
from hocba_core.xades import template
from hocba_core.xades.prepare import Prepared, Reference, prepare

Change = Callable[[str], str]


def unchanged(text: str) -> str:
    return text


def canonical(root: etree._Element) -> bytes:
    """The forged tree in the form that a record has, so that nothing but the forgery is wrong with it."""
    return etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=True)


def digest_of_info(info: str) -> bytes:
    """SHA-256 of canonical SignedInfo, whatever was made of it."""
    signature = etree.fromstring(f"<ds:Signature{template.NS_DS}>{info}</ds:Signature>")
    return sha256(etree.tostring(signature[0], method="c14n", exclusive=True)).digest()


def signature(
    prepared: Prepared,
    signer: Identity,
    *,
    info: Change = unchanged,
    properties: Change = unchanged,
    value: Callable[[bytes], bytes] | None = None,
    certificates: Sequence[bytes] | None = None,
    whole: Change = unchanged,
) -> bytes:
    """A ds:Signature that holds by itself after the changes. `value` makes the value of a digest in another way."""
    changed = properties(prepared.properties)
    old, new = (_digest_of_properties(text) for text in (prepared.properties, changed))
    text = info(prepared.info.replace(old, new))
    made = (value or signer.sign_digest)(digest_of_info(text))
    shown = (signer.certificate, *signer.chain) if certificates is None else certificates
    keys = "".join(template.x509(b64encode(der).decode()) for der in shown)
    return whole(template.signature(prepared.slot, text, b64encode(made).decode(), keys, changed)).encode()


def _digest_of_properties(properties: str) -> str:
    outer = f"<o{template.NS_DS}{template.NS_XADES}>{properties}</o>"
    canonical_form = etree.tostring(etree.fromstring(outer)[0], method="c14n", exclusive=True)
    return b64encode(sha256(canonical_form).digest()).decode()


@dataclass(slots=True)
class Workshop:
    """One fully signed record with everything that made it."""

    signers: Signers
    skeleton: Skeleton
    signatures: dict[str, bytes] = field(repr=False)

    @classmethod
    def open(cls, signers: Signers, key: str = "thcs_tt22_1", *, number: int = 1, teachers: int = 3) -> Workshop:
        skeleton = build(sample_content(key, number=number, teachers=teachers), load_profile(key))
        return cls(signers, skeleton, signers.sign_all(skeleton))

    @property
    def trust(self) -> TrustStore:
        return self.signers.trust

    @property
    def now(self) -> datetime:
        return self.signers.now

    @property
    def record(self) -> bytes:
        return assemble(self.skeleton, self.signatures)

    def judge(self, xml: bytes) -> Verdict:
        return verify_record(xml, self.trust, self.now)

    def rules_broken(self, xml: bytes) -> set[str]:
        """Empty when the verifier believes the file."""
        verdict = self.judge(xml)
        rules = {failure.rule for failure in verdict.all_failures()}
        assert (verdict.outcome.value == "valid") is (not rules)
        return rules

    def prepared(
        self,
        slot: str,
        *,
        signer: Identity | None = None,
        references: Sequence[Reference] | None = None,
        at: datetime | None = None,
    ) -> tuple[Prepared, Identity]:
        """What that slot's signer is asked, with the record as it is before the seal."""
        at = at or self.now - timedelta(seconds=30)
        good, promised = self.signers.prepared(self.skeleton, slot, self.signatures, at)
        if signer is None and references is None:
            return good, promised
        chosen = signer or promised
        if references is None:
            references = self.references(slot)
        return prepare(slot, references, Certificate.read(chosen.certificate), at), chosen

    def references(self, slot: str) -> list[Reference]:
        return self.signers.references(self.skeleton, slot, self.signatures)

    def with_seal(self, seal: bytes) -> bytes:
        """The record with another seal: the one slot that no other signature covers."""
        return assemble(self.skeleton, {**self.signatures, "phat-hanh": seal})

    def signed_again(self, slot: str, made: bytes) -> bytes:
        """The record with another signature in a slot, and the later steps signed over it as usual."""
        later = {"gvcn": ("cbql", "phat-hanh"), "cbql": ("phat-hanh",), "phat-hanh": ()}
        signatures = {**self.signatures, slot: made}
        for number, name in enumerate(later.get(slot, ("gvcn", "cbql", "phat-hanh"))):
            at = self.now + timedelta(seconds=number)
            signatures[name] = self.signers.sign(self.skeleton, name, signatures, at)
        return assemble(self.skeleton, signatures)
