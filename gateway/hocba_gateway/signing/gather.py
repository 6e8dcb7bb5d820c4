"""What of a press may be signed, planned item by item; what may not is named with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hocba_core.errors import CertificateRefused, NotFound, NotYourTurn
from hocba_core.transcript.record import LEADER, assemble
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import Role, TrustStore
from hocba_core.workflow.turn import Mend, Signer, check_signer, check_turn
from sqlalchemy import select

from hocba_gateway.signing.command import Left, SignCommand
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.load import (
    Loaded,
    SigningAccount,
    load_signatures,
    load_skeletons,
    load_transcripts,
)
from hocba_gateway.signing.plan import (
    Planned,
    add_faces,
    check_certificate,
    check_owner,
    plan_package,
    plan_slot,
    title_of,
)
from hocba_gateway.signing.states import PACKAGE, PackageState
from hocba_gateway.store.schema import classes, packages, pupils, transcripts
from hocba_gateway.store.store import Scope, Tx


async def plan_transcripts(
    desk: Desk, scope: Scope, command: SignCommand, account: SigningAccount, signer: Signer, at: datetime
) -> tuple[list[Planned], list[Left]]:
    kind = SlotKind(command.kind)
    async with scope.read() as tx:
        loaded = await load_transcripts(tx, command.subjects)
        titles = await _titles(tx, command.subjects)
        seal = kind is SlotKind.SEAL
        signatures = await load_signatures(tx, command.subjects) if seal else {}
    skeletons = await load_skeletons(scope, [one.row.skeleton for one in loaded.values()])
    planned: list[Planned] = []
    left: list[Left] = []
    role = Role.SEAL if seal else Role.PEOPLE
    for subject in dict.fromkeys(command.subjects):
        try:
            if subject not in loaded:
                raise NotFound(kind="transcript")
            one = loaded[subject]
            skeleton = skeletons[one.row.skeleton]
            for slot in own_slots(one, kind, signer):
                check_turn(one.state, slot, signer, account.rules, one.row.year, at)
                check_certificate(account, role, desk.trust, at)
                check_owner(account, skeleton.slot(slot).number)
                leader = signatures.get(subject, {}).get(LEADER)
                planned.append(plan_slot(skeleton, one, slot, account, titles[subject], at, leader))
        except (NotFound, NotYourTurn, CertificateRefused) as error:
            left.append(Left(subject, error.code, error.facts))
    if seal and planned:
        records = {
            plan.subject: assemble(skeletons[loaded[plan.subject].row.skeleton], signatures[plan.subject])
            for plan in planned
        }
        planned = await add_faces(planned, records, desk.face, account, at)
    return planned, left


def own_slots(loaded: Loaded, kind: SlotKind, signer: Signer) -> list[str]:
    """The person's slots of that kind; when there is none, any, so that the refusal says why."""
    of_kind = [slot for slot in loaded.state.slots if slot.kind is kind]
    own = [slot.id for slot in of_kind if kind is SlotKind.SEAL or slot.person == signer.person]
    if own:
        return own
    if not of_kind:
        raise NotYourTurn(reason="no_such_slot", mend="")
    return [of_kind[0].id]


async def plan_packages(
    desk: Desk, scope: Scope, command: SignCommand, account: SigningAccount, signer: Signer, at: datetime
) -> tuple[list[Planned], list[Left]]:
    async with scope.read() as tx:
        rows = await tx.rows(
            select(packages, classes.c.name, classes.c.year).where(
                tx.of(packages),
                tx.of(classes),
                packages.c.class_id == classes.c.id,
                packages.c.id.in_(command.subjects),
            )
        )
    manifests = await scope.blobs.get_all([row.manifest for row in rows])
    planned: list[Planned] = []
    left: list[Left] = []
    for row in rows:
        try:
            judge_package(row, signer, account, desk.trust, at)
        except (NotYourTurn, CertificateRefused) as error:
            left.append(Left(row.id, error.code, error.facts))
            continue
        digest = desk.manifests.digest(manifests[row.manifest])
        planned.append(plan_package(row.id, PACKAGE, digest, account, f"Gói {row.name}", at))
    left += [
        Left(subject, NotFound.code, {"kind": "package"})
        for subject in set(command.subjects) - {row.id for row in rows}
    ]
    return planned, left


def judge_package(row: Any, signer: Signer, account: SigningAccount, trust: TrustStore, at: datetime) -> int:
    """May this package be sealed? `row`: its state and its class's year, or None. Returns how many values that takes.

    Raises NotFound(kind="package"), NotYourTurn, CertificateRefused.
    """
    if row is None:
        raise NotFound(kind="package")
    check_signer(signer, account.rules, row.year, at)
    if not signer.may_seal:
        raise NotYourTurn(reason="no_seal_right", mend=Mend.ADMIN.value)
    if account.rules.owner is not None:
        raise NotYourTurn(reason="personal_certificate", mend=Mend.SELF.value)
    if row.state == PackageState.DROPPED:
        raise NotYourTurn(reason="taken_apart", mend=Mend.NOBODY.value)
    if row.state != PackageState.SEAL:
        raise NotYourTurn(reason="already_signed", mend=Mend.NOBODY.value)
    check_certificate(account, Role.SEAL, trust, at)
    return 1


async def _titles(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    rows = await tx.rows(
        select(transcripts.c.id, classes.c.name.label("class_name"), pupils.c.position, pupils.c.name).where(
            tx.of(transcripts),
            tx.of(classes),
            tx.of(pupils),
            transcripts.c.class_id == classes.c.id,
            transcripts.c.pupil_id == pupils.c.id,
            transcripts.c.id.in_(ids),
        )
    )
    return {row.id: title_of(row.class_name, row.position, row.name) for row in rows}
