""" "Xem học bạ", "Xem hồ sơ" (T3): the form as a family sees it, and every signature with our verifier's verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from hocba_core.errors import NotFound
from hocba_core.transcript.profile import load_profile
from hocba_core.transcript.record import assemble
from hocba_core.transcript.route import SlotKind
from hocba_core.verify.record import verify_record
from hocba_core.verify.verdict import Outcome, SignatureVerdict, Verdict
from hocba_core.workflow.states import Life
from hocba_core.workflow.table import Action, may
from lxml import etree
from sqlalchemy import select

from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.services.sight import may_export, require_transcripts, sees_whole
from hocba_gateway.signing.actions import was_or_is_turn
from hocba_gateway.signing.load import Loaded, load_signatures, load_skeletons, load_transcripts
from hocba_gateway.store.schema import accounts, classes, people, pupils, transcripts
from hocba_gateway.store.store import Scope, Tx
from hocba_gateway.store.table import refers

_UNWANTED: Final = ("script", "iframe", "object", "embed", "form", "base")
"""In no form of ours; a profile folder from elsewhere must not bring them in."""

_KNOWN_TO_TEACHERS: Final = frozenset({"HO_VA_TEN", "MA_HOC_SINH", "NGAY_SINH", "GIOI_TINH"})
"""What a subject teacher knows of a pupil; family, address, ethnicity and the year's results are not theirs."""


@dataclass(frozen=True, slots=True)
class Step:
    """One slot of the route."""

    slot: str
    kind: str
    signer: str
    """Whom the record names; the school for the seal."""
    person: str
    """people.id of the signer: names are shared. "" for the seal."""
    subjects: tuple[str, ...]
    """Of a subject teacher."""
    signed_at: int | None
    """When the gateway stored it."""
    awaited: bool
    """Its turn is now."""
    replaceable: bool
    verdict: SignatureVerdict | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    loaded: Loaded = field(repr=False)
    pupil: str = field(repr=False)
    pupil_code: str
    class_name: str
    steps: tuple[Step, ...]
    verdict: Verdict | None
    """None while nobody has signed."""
    facts: dict[str, str]
    """What was submitted, as the record's head says it; element → text."""
    created_by: str
    replaced_by: str | None
    """The transcript that was created after this one was voided."""
    hold_by: str
    """Name of who proposed to void it; "" for the administrator, and when nobody did."""
    may_hold: bool
    """The one who looks may propose to void it."""
    whole: bool
    """The one who looks sees all of it, not the own subjects only."""
    may_export: bool

    @property
    def is_valid(self) -> bool:
        return self.verdict is not None and self.verdict.outcome is Outcome.VALID


async def look(gateway: Gateway, scope: Scope, principal: Principal, transcript: str) -> Seen:
    """Raises NotFound(kind="transcript"), also for one that the person does not get to see."""
    one, record = await _record(scope, principal, transcript)
    signed = any(slot.signed for slot in one.state.slots)
    done = one.state.awaited is None

    def judged() -> tuple[Verdict | None, etree._Element]:
        verdict = verify_record(record, gateway.desk.trust, gateway.clock(), partial=not done) if signed else None
        return verdict, etree.fromstring(record, _parser())

    verdict, root = await asyncio.to_thread(judged)
    async with scope.read() as tx:
        names = await _names(tx, one)
        whole = await sees_whole(tx, principal, transcript)
        exports = await may_export(tx, principal, transcript)
    return Seen(
        loaded=one,
        pupil=names["pupil"],
        pupil_code=names["pupil_code"],
        class_name=names["class_name"],
        steps=_steps(one, verdict, root),
        verdict=verdict,
        facts={child.tag: child.text or "" for child in root.iterfind(".//THONG_TIN_HOC_BA/*") if not len(child)},
        created_by=names["created_by"],
        replaced_by=names["replaced_by"],
        hold_by=names["hold_by"],
        may_hold=not may(Action.HOLD, one.state)
        and (principal.has(Right.ADMIN) or was_or_is_turn(one.state, principal.person or "")),
        whole=whole,
        may_export=exports,
    )


async def form_of(scope: Scope, principal: Principal, transcript: str) -> bytes:
    """HTML, by the profile's own view.xsl; of a subject teacher only the own subjects.

    Raises NotFound(kind="transcript").
    """
    one, record = await _record(scope, principal, transcript)
    async with scope.read() as tx:
        whole = await sees_whole(tx, principal, transcript)
    own = None if whole else {slot for slot, row in one.slots.items() if row.person_id == principal.person}
    return await asyncio.to_thread(_transformed, one.row.profile, record, own)


async def _record(scope: Scope, principal: Principal, transcript: str) -> tuple[Loaded, bytes]:
    """The record as it stands, whatever became of the transcript."""
    async with scope.read() as tx:
        await require_transcripts(tx, principal, [transcript])
        one = (await load_transcripts(tx, [transcript])).get(transcript)
        if one is None:
            raise NotFound(kind="transcript")
        signatures = {} if one.row.record else (await load_signatures(tx, [transcript]))[transcript]
    if one.row.record:
        return one, await scope.blobs.get(one.row.record)
    skeleton = (await load_skeletons(scope, [one.row.skeleton]))[one.row.skeleton]
    return one, assemble(skeleton, signatures)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


@lru_cache(maxsize=16)
def _sheet(profile: str) -> etree.XSLT:
    """It reads and writes nothing but the record that it is given."""
    nothing = dict.fromkeys(("read_file", "write_file", "create_dir", "read_network", "write_network"), False)
    closed = etree.XSLTAccessControl(**nothing)
    return etree.XSLT(etree.parse(str(load_profile(profile).path("view.xsl")), _parser()), access_control=closed)


def _transformed(profile: str, record: bytes, own: Collection[str] | None) -> bytes:
    """`own`: the slots of a subject teacher, who sees no other subject and nothing private; None sees all."""
    shown = etree.fromstring(record, _parser())
    if own is not None:
        _keep_own(shown, own)
    made = _sheet(profile)(shown)
    root = made.getroot()
    for element in list(root.iter(*_UNWANTED)):
        parent = element.getparent()
        assert parent is not None, "the root is html"
        parent.remove(element)
    for element in root.iter(etree.Element):
        for name in map(str, element.keys()):
            if name.startswith("on") or name == "style":
                del element.attrib[name]
    return b"<!doctype html>\n" + etree.tostring(root, method="html", encoding="utf-8")


def _keep_own(root: etree._Element, own: Collection[str]) -> None:
    for block in root.findall(".//DIEM_TONG_KET"):
        signer = block.find("GVBM")
        if signer is None or signer.get("CHU_KY") not in own:
            parent = block.getparent()
            assert parent is not None, "a block stands in its list"
            parent.remove(block)
    for element in (*root.iterfind(".//HOC_SINH/*"), *root.iterfind(".//KET_QUA/*")):
        if element.tag not in _KNOWN_TO_TEACHERS:
            element.text = ""


def _steps(one: Loaded, verdict: Verdict | None, root: etree._Element) -> tuple[Step, ...]:
    verdicts = {each.slot: each for each in verdict.signatures} if verdict else {}
    signers = {each.get("CHU_KY"): each for each in root.iter("GVBM", "GVCN", "CBQL") if each.get("CHU_KY")}
    school = root.findtext(".//TEN_TRUONG") or ""
    state = one.state
    open_now = state.awaited if state.life is Life.LIVE and not state.held else None
    late = bool(may(Action.REPLACE_SIGNER, state))

    def step(slot: str, row: Any) -> Step:
        signer = signers.get(slot)
        block = signer.getparent() if signer is not None and row.kind == SlotKind.GVBM.value else None
        return Step(
            slot=slot,
            kind=row.kind,
            signer=(signer.findtext("HO_TEN") or "") if signer is not None else school,
            person=row.person_id or "",
            subjects=tuple(each.findtext("TEN_MON") or "" for each in block.iter("MON_HOC"))
            if block is not None
            else (),
            signed_at=row.signed_at,
            awaited=not row.signed and open_now is not None and row.kind == open_now.value,
            replaceable=not row.signed and not late and row.kind != SlotKind.SEAL.value,
            verdict=verdicts.get(slot),
        )

    return tuple(step(slot, row) for slot, row in one.slots.items())


async def _names(tx: Tx, one: Loaded) -> dict[str, Any]:
    pupil = await tx.row(select(pupils.c.name, pupils.c.code).where(tx.of(pupils), pupils.c.id == one.row.pupil_id))
    room = await tx.row(select(classes.c.name).where(tx.of(classes), classes.c.id == one.row.class_id))
    same = refers(accounts.c.person_id, people)
    maker = await tx.row(
        select(accounts.c.username, people.c.name)
        .select_from(accounts.outerjoin(people, same))
        .where(accounts.c.school_id == tx.school, accounts.c.id == one.row.created_by)
    )
    holder = await tx.row(select(people.c.name).where(tx.of(people), people.c.id == (one.row.hold_by or "")))
    after = await tx.row(select(transcripts.c.id).where(tx.of(transcripts), transcripts.c.replaces == one.row.id))
    return {
        "pupil": pupil.name if pupil else "",
        "pupil_code": pupil.code if pupil else "",
        "class_name": room.name if room else "",
        "created_by": (maker.name or maker.username) if maker else "",
        "replaced_by": after.id if after else None,
        "hold_by": holder.name if holder else "",
    }
