"""Transcripts: created, listed, looked at, held, voided, completed."""

from __future__ import annotations

from collections.abc import Iterable

from hocba_core.errors import BadInput
from hocba_core.workflow.states import DELIVERY_NAMES

from hocba_gateway.school.item import Item
from hocba_gateway.services import creating, documents, handling, replacing, transcripts
from hocba_gateway.services.sight import require_class
from hocba_gateway.web.route import Call, Done, Download, Model, Routes, Who

routes = Routes("Học bạ số")


class Create(Model):
    pupils: list[str] | None = None
    """pupils.id; absent: the whole class."""


class Missing(Model):
    severity: str
    item: str
    where: str
    """Where it is entered."""


class Left(Model):
    pupil_id: str
    pupil: str
    reason: str
    missing: list[Missing]


class Created(Model):
    created: list[str]
    """UUIDs, in the class's order."""
    left: list[Left]
    """Who was left out, and why."""
    warnings: list[Missing]
    """Of the class: for example who of its signers has no approved account yet."""


class Count(Model):
    signed: int
    all: int


class Line(Model):
    id: str
    pupil_id: str
    pupil_code: str
    pupil: str
    class_id: str
    state: str
    awaited: str | None
    signed: dict[str, Count]
    hold_reason: str | None
    completed_at: int | None
    delivery: str
    delivered_at: int | None
    delivery_reason: str | None


class Lines(Model):
    transcripts: list[Line]


class Step(Model):
    slot: str
    kind: str
    signer: str
    signed: bool
    signed_at: int | None


class One(Model):
    id: str
    class_id: str
    pupil_id: str
    state: str
    delivery: str
    replaces: str | None
    route: list[Step]


class Ids(Model):
    transcripts: list[str]


class WithReason(Ids):
    reason: str


class Signer(Model):
    person: str
    """people.id of who signs from now on."""
    whole_class: bool = False
    """In every transcript of the class where the same person is awaited in that step."""


class Replaced(Model):
    transcripts: int


class Group(Model):
    kind: str
    class_id: str
    class_name: str
    ids: list[str]


class Waiting(Model):
    waiting: list[Group]


@routes.post("/classes/{class_id}/transcripts", Who.STAFF)
async def create(call: Call, body: Create) -> Created:
    """[Tạo học bạ], for the administrator and the homeroom teacher. Incomplete dossiers are left out and named."""
    made = await creating.create(call.scope, call.principal, call.path("class_id"), body.pupils)
    return Created(
        created=list(made.created),
        left=[
            Left(pupil_id=one.pupil_id, pupil=one.name, reason=one.reason, missing=_missing(one.missing))
            for one in made.left
        ],
        warnings=_missing(made.warnings),
    )


def _missing(items: Iterable[Item]) -> list[Missing]:
    return [Missing(severity=one.severity, item=one.text, where=one.where) for one in items]


@routes.get("/classes/{class_id}/transcripts", Who.STAFF, "voided")
async def list_transcripts(call: Call) -> Lines:
    """Those of the class that the caller gets to see; ?voided=1 with those that were voided."""
    voided = call.query("voided") or "0"
    if voided not in ("0", "1"):
        raise BadInput(field="voided", expected="0, 1")
    async with call.scope.read() as tx:
        room = await require_class(tx, call.principal, call.path("class_id"))
        found = await transcripts.list_transcripts(tx, call.principal, room.id, voided=voided == "1")
    return Lines(transcripts=[_line(one) for one in found])


def _line(one: transcripts.Line) -> Line:
    return Line(
        id=one.id,
        pupil_id=one.pupil_id,
        pupil_code=one.pupil_code,
        pupil=one.pupil,
        class_id=one.class_id,
        state=one.state,
        awaited=one.awaited,
        signed={kind: Count(signed=done, all=every) for kind, (done, every) in one.signed.items()},
        hold_reason=one.hold_reason,
        completed_at=one.completed_at,
        delivery=one.delivery,
        delivered_at=one.delivered_at,
        delivery_reason=one.delivery_reason,
    )


@routes.get("/transcripts/{transcript}", Who.STAFF)
async def get_transcript(call: Call) -> One:
    """One transcript and its route: who has signed and who is awaited."""
    async with call.scope.read() as tx:
        loaded, route = await transcripts.one_transcript(tx, call.principal, call.path("transcript"))
    return One(
        id=loaded.row.id,
        class_id=loaded.row.class_id,
        pupil_id=loaded.row.pupil_id,
        state=loaded.state.main.value,
        delivery=DELIVERY_NAMES[loaded.state.delivery],
        replaces=loaded.row.replaces,
        route=[Step(**step) for step in route],
    )


@routes.get("/transcripts/{transcript}/record.xml", Who.STAFF, "purpose")
async def record(call: Call) -> Download:
    """The record with the signatures that it has. ?purpose=xem, luu_tru, chuyen_truong or gia_dinh; audited."""
    return await _document(call, "xml")


@routes.get("/transcripts/{transcript}/form.pdf", Who.STAFF, "purpose")
async def form(call: Call) -> Download:
    """The form that a family knows: sealed, or a marked preview before the seal. ?purpose as for the record."""
    return await _document(call, "pdf")


async def _document(call: Call, kind: documents.Form) -> Download:
    file = await documents.document(
        call.gateway, call.scope, call.principal, call.path("transcript"), kind, call.query("purpose") or "xem"
    )
    return Download(file.name, file.mime, file.data)


@routes.get("/waiting", Who.STAFF)
async def waiting(call: Call) -> Waiting:
    """What the caller can sign now, by class and step."""
    async with call.scope.read() as tx:
        found = await transcripts.waiting(tx, call.principal)
    return Waiting(
        waiting=[
            Group(kind=one.kind, class_id=one.class_id, class_name=one.class_name, ids=list(one.ids)) for one in found
        ]
    )


@routes.post("/transcripts/hold", Who.STAFF)
async def hold(call: Call, body: WithReason) -> Done:
    """ "Đề xuất hủy", by whose turn it is or was."""
    await handling.hold(call.scope, call.principal, body.transcripts, body.reason)
    return Done()


@routes.post("/transcripts/release", Who.ADMIN)
async def release(call: Call, body: Ids) -> Done:
    """ "Từ chối hủy": the state before, with every signature."""
    await handling.release(call.scope, call.principal, body.transcripts)
    return Done()


@routes.post("/transcripts/void", Who.ADMIN)
async def void(call: Call, body: Ids) -> Done:
    """ "Hủy học bạ", final; what was signed stays on record."""
    await handling.void(call.scope, call.principal, body.transcripts)
    return Done()


@routes.post("/transcripts/complete", Who.ADMIN)
async def complete(call: Call, body: Ids) -> Done:
    """ "Xác nhận hoàn thành"."""
    await handling.complete(call.scope, call.principal, body.transcripts)
    return Done()


@routes.post("/transcripts/undo-completion", Who.ADMIN)
async def undo_completion(call: Call, body: WithReason) -> Done:
    """Takes "Xác nhận hoàn thành" back, before sending only."""
    await handling.undo_completion(call.scope, call.principal, body.transcripts, body.reason)
    return Done()


@routes.post("/transcripts/{transcript}/slots/{slot}/signer", Who.ADMIN)
async def replace_signer(call: Call, body: Signer) -> Replaced:
    """Another person signs a slot that is still unsigned; refused once the homeroom teacher has signed."""
    transcript, slot = call.path("transcript"), call.path("slot")
    done = await replacing.replace(
        call.scope, call.principal, transcript, slot, body.person, whole_class=body.whole_class
    )
    return Replaced(transcripts=done)
