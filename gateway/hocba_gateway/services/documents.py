"""The files of a transcript: the record as it stands, and the form that a family knows (T3, T4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from hocba_core.audit import Event
from hocba_core.errors import BadInput, Conflict, Forbidden
from hocba_core.transcript.record import assemble
from hocba_core.workflow.states import Main

from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal
from hocba_gateway.services.sight import may_export, require_transcripts, sees_whole
from hocba_gateway.signing.load import load_signatures, load_skeletons, load_transcripts
from hocba_gateway.store.store import Scope

Form = Literal["xml", "pdf"]
VIEWING = "xem"
PURPOSES = (VIEWING, "luu_tru", "chuyen_truong", "gia_dinh")
"""Why a child's data leaves the house; goes into the audit."""
_EXPORTABLE = (Main.SIGNING, Main.SIGNED)


@dataclass(frozen=True, slots=True)
class File:
    name: str
    mime: str
    data: bytes = field(repr=False)


def check_purpose(purpose: str) -> None:
    """Raises BadInput(field="purpose")."""
    if purpose not in PURPOSES:
        raise BadInput(field="purpose", expected=", ".join(PURPOSES))


async def document(
    gateway: Gateway, scope: Scope, principal: Principal, transcript: str, form: Form, purpose: str
) -> File:
    """Signed files as they were sealed; before that the record with the signatures so far, or a marked preview.

    To look at is for whoever sees the whole transcript, any other purpose for administrator and homeroom teacher.
    Raises NotFound, Forbidden, BadInput(field="purpose"), Conflict for a transcript that is held or void.
    """
    check_purpose(purpose)
    async with scope.read() as tx:
        await require_transcripts(tx, principal, [transcript])
        if not await sees_whole(tx, principal, transcript):
            raise Forbidden(needs="người phụ trách cả học bạ: chủ nhiệm, lãnh đạo, ký phát hành hoặc quản trị")
        if purpose != VIEWING and not await may_export(tx, principal, transcript):
            raise Forbidden(needs="quyền quản trị, hoặc giáo viên chủ nhiệm của lớp")
        one = (await load_transcripts(tx, [transcript]))[transcript]
        if one.state.main not in _EXPORTABLE:
            raise Conflict(state=one.state.main.value, needs="Chờ ký, Hoàn thành ký")
        signatures = {} if one.row.record else (await load_signatures(tx, [transcript]))[transcript]
    if one.row.record:
        name = one.row.record if form == "xml" else one.row.face
        data = await scope.blobs.get(name)
    else:
        skeleton = (await load_skeletons(scope, [one.row.skeleton]))[one.row.skeleton]
        data = assemble(skeleton, signatures)
        if form == "pdf":
            data = await gateway.pool.preview(data, gateway.clock())
    async with scope.write() as tx:
        await tx.audit(Event.EXPORTED, {"transcript": transcript, "form": form, "purpose": purpose}, principal.account)
    mime = "application/xml" if form == "xml" else "application/pdf"
    return File(f"{transcript}.{form}", mime, data)
