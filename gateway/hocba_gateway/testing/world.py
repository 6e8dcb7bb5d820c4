"""A small school in the store, ready to sign: for tests of the gateway and for the bench.

Teachers, homeroom teacher and leader sign at the sandbox's simulator, the school seals with a token whose key
is here. Nothing of it is ever written into a store that people use: its certificates are worth nothing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from cryptography.fernet import Fernet
from hocba_core.certificate import Certificate
from hocba_core.clock import to_millis
from hocba_core.provider import Credential, SigningProvider
from hocba_core.testing.pki import Identity, TestCa
from hocba_core.testing.sample import SCHOOL, TAX_CODE, sample_content
from hocba_core.transcript.profile import load_profile
from hocba_core.transcript.record import Skeleton, build
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import TrustStore

from hocba_gateway.school.draft import Draft
from hocba_gateway.signing.create import create_transcripts
from hocba_gateway.signing.desk import Desk, Face
from hocba_gateway.signing.during import items_for_token, values_from_token
from hocba_gateway.signing.loop import Runner
from hocba_gateway.signing.prepare import Pressed, SignCommand, press
from hocba_gateway.signing.sessions import save_session
from hocba_gateway.signing.states import Patience
from hocba_gateway.store.schema import class_locks, classes, people, provider_settings, pupils, signing_accounts
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope, Store
from hocba_gateway.testing.doubles import OneVendor, PlainFace, PlainManifests

YEAR = "2025-2026"
CLASS = "class-9a"
HOMEROOM = "cn"
LEADER = "ht"
KEEPER = "vt"


@dataclass(slots=True)
class World:
    store: Store
    scope: Scope
    desk: Desk
    runner: Runner
    people: dict[str, str] = field(repr=False)
    """people.id -> personal number."""
    seal: Identity = field(repr=False)
    accounts: dict[str, str] = field(default_factory=dict)
    """people.id, or "" for the school -> signing_accounts.id."""
    sessions: dict[str, str] = field(default_factory=dict)
    transcripts: tuple[str, ...] = ()
    skeletons: dict[str, Skeleton] = field(default_factory=dict, repr=False)
    _pressed: int = 0

    @classmethod
    async def create(
        cls,
        store: Store,
        provider: SigningProvider,
        roots: Sequence[bytes],
        *,
        teachers: int = 3,
        patience: Patience | None = None,
        sealer: Sealer | None = None,
        seal_ca: TestCa | None = None,
        owner: str = "one",
        school: str = "school-1",
        callback_url: str | None = None,
        face: Face | None = None,
    ) -> World:
        """`roots`: PEM, of the CA that the people's certificates come from."""
        now = store.clock()
        seal_ca = seal_ca or TestCa.create("World Government", now)
        desk = Desk(
            store=store,
            sealer=sealer or Sealer([Fernet.generate_key()]),
            providers=OneVendor(provider),
            trust=TrustStore.of(roots, [seal_ca.root_pem]),
            face=face or PlainFace(),
            manifests=PlainManifests(),
            patience=patience or Patience(),
            callback_url=callback_url,
        )
        content = sample_content(teachers=teachers)
        numbers = {
            f"gv{number}": block.teacher.number for number, block in enumerate(content.blocks, 1) if block.teacher
        }
        numbers |= {HOMEROOM: content.homeroom.number, LEADER: content.leader.number, KEEPER: "099100000001"}
        scope = store.scoped(school)
        seal = seal_ca.issue_school(SCHOOL, TAX_CODE)
        world = cls(store, scope, desk, Runner(desk, owner), numbers, seal)
        await world._write_school(provider)
        world.accounts[""] = await world.add_account(None, seal, None)
        return world

    @property
    def teachers(self) -> list[str]:
        return [person for person in self.people if person.startswith("gv")]

    async def _write_school(self, provider: SigningProvider) -> None:
        rows = [
            {"id": person, "code": person, "personal_number": number, "name": f"Người {person}", "data": {}}
            | {"status": "Đang làm việc"}
            for person, number in self.people.items()
        ]
        room = {"id": CLASS, "year": YEAR, "name": "9A", "slug": "9a", "grade": 9, "profile": "thcs_tt22_1"}
        settings = {"year": YEAR, "provider": provider.key, "settings": self.desk.sealer.seal({})}
        async with self.scope.write() as tx:
            await tx.insert(people, rows)
            await tx.insert(classes, [room])
            await tx.insert(class_locks, [{"class_id": CLASS, "term": "CN", "locked_at": 0, "locked_by": "admin"}])
            await tx.insert(provider_settings, [settings])

    # --- who signs -----------------------------------------------------------------------------------

    async def add_account(self, person: str | None, identity: Identity, provider: str | None, ref: str = "") -> str:
        """An approved signing account; `provider` None is a token."""
        certificate = Certificate.read(identity.certificate)
        identity_row = str(uuid4())
        row = {
            "id": identity_row,
            "year": YEAR,
            "person_id": person,
            "method": "remote" if provider else "token",
            "provider": provider,
            "credential_ref": ref or None,
            "certificate": identity.certificate,
            "chain": [b64encode(der).decode() for der in identity.chain],
            "fingerprint": certificate.fingerprint,
            "serial": certificate.serial,
            "subject": certificate.masked_subject,
            "issuer": certificate.issuer,
            "not_before": to_millis(certificate.not_before),
            "not_after": to_millis(certificate.not_after),
            "state": "approved",
            "created_at": 0,
        }
        async with self.scope.write() as tx:
            await tx.insert(signing_accounts, [row])
        if person is not None:
            self.accounts[person] = identity_row
        return identity_row

    async def join(self, person: str, provider: SigningProvider, session: Any) -> Credential:
        """Takes the person's first certificate at the vendor and keeps the session."""
        credential = (await provider.credentials(session))[0]
        identity = Identity(credential.certificate, None, credential.chain)  # type: ignore[arg-type]
        await self.add_account(person, identity, provider.key, credential.ref)
        async with self.scope.write() as tx:
            self.sessions[person] = await save_session(
                tx, self.desk.sealer, person, provider.key, YEAR, session, [credential.ref]
            )
        return credential

    # --- transcripts and signing -----------------------------------------------------------------------

    async def make_transcripts(self, count: int, first: int = 1) -> tuple[str, ...]:
        drafts = []
        rows = []
        profile = load_profile("thcs_tt22_1")
        for number in range(first, first + count):
            content = replace(
                sample_content(number=number, teachers=len(self.teachers)),
                uuid=str(uuid5(NAMESPACE_URL, f"{self.scope.school}/{number}/{len(self.transcripts)}")),
            )
            skeleton = build(content, profile)
            self.skeletons[skeleton.uuid] = skeleton
            signers = {slot.id: self._signer(slot.number) for slot in skeleton.slots if slot.number}
            drafts.append(Draft(skeleton, CLASS, f"pupil-{number}", YEAR, signers))
            rows.append(
                {"id": f"pupil-{number}", "year": YEAR, "class_id": CLASS, "code": f"p{number}", "data": {}}
                | {"name": "Nguyễn Thị Ánh Tuyết", "status": "Đang học", "position": number}
            )
        async with self.scope.write() as tx:
            known = {row.id for row in await tx.rows(pupils.select().where(tx.of(pupils)))}
            await tx.insert(pupils, [row for row in rows if row["id"] not in known])
        made = (await create_transcripts(self.scope, drafts, "admin")).ids
        self.transcripts += made
        return made

    def _signer(self, number: str) -> str:
        return next(person for person, own in self.people.items() if own == number)

    def command(self, person: str, kind: str, subjects: Sequence[str] | None = None, **changed: Any) -> SignCommand:
        self._pressed += 1
        seals = kind in (SlotKind.SEAL, "goi")
        made = SignCommand(
            key=f"key-{self._pressed}",
            actor=f"account-{person}",
            person=person,
            may_seal=seals,
            account=self.accounts["" if seals else person],
            kind=str(kind),
            subjects=tuple(subjects or self.transcripts),
            session=None if seals else self.sessions.get(person),
        )
        return replace(made, **changed)

    async def press(self, person: str, kind: str, subjects: Sequence[str] | None = None, **changed: Any) -> Pressed:
        return await press(self.desk, self.scope, self.command(person, kind, subjects, **changed))

    async def seal_with_token(self, pressed: Pressed) -> None:
        for request in pressed.requests:
            items = await items_for_token(self.scope, request)
            values: Mapping[str, bytes] = {item: self.seal.sign_digest(digest) for item, _, digest in items}
            await values_from_token(self.desk, self.scope, request, values)
