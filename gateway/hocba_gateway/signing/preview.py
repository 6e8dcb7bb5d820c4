"""What a press of Ký would do, told before anyone is asked: the same rules, without planning, storing or asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hocba_core.errors import CertificateRefused, Conflict, NotFound, NotYourTurn
from hocba_core.transcript.route import SlotKind
from hocba_core.trust import Role, TrustStore
from hocba_core.workflow.turn import Signer, check_turn
from sqlalchemy import select

from hocba_gateway.signing.command import Left, SignCommand
from hocba_gateway.signing.gather import judge_package, own_slots
from hocba_gateway.signing.intent import asked_already
from hocba_gateway.signing.load import SigningAccount, load_account, load_signer, load_transcripts
from hocba_gateway.signing.plan import check_certificate, check_owner
from hocba_gateway.signing.states import PACKAGE
from hocba_gateway.store.schema import classes, packages, people
from hocba_gateway.store.store import Tx
from hocba_gateway.store.table import refers


@dataclass(frozen=True, slots=True)
class Preview:
    account: SigningAccount
    ready: tuple[str, ...]
    """Subjects that would be taken."""
    left: tuple[Left, ...]
    """Those that would be left out, and why."""
    sizes: tuple[int, ...]
    """Of each that is ready, how many values are asked for."""

    def confirmations(self, limit: int | None) -> int:
        """How many requests that makes: confirmations on the phone, or jobs for the agent."""
        made, room = 0, 0
        for size in self.sizes:
            if made == 0 or (limit is not None and size > room):
                made, room = made + 1, limit or 0
            room -= size
        return made


async def preview(tx: Tx, trust: TrustStore, command: SignCommand, at: datetime) -> Preview:
    """`command.key` and `command.session` are not looked at. Raises NotFound(kind="signing_account" | "person")."""
    account = await load_account(tx, command.account)
    signer = await load_signer(tx, command.person, may_seal=command.may_seal)
    taken = await asked_already(tx, command)
    judge = _judge_packages if command.kind == PACKAGE else _judge_transcripts
    sizes: dict[str, int] = {}
    left: list[Left] = []
    for subject, found in (await judge(tx, trust, command, account, signer, at)).items():
        if subject in taken:
            facts = {"state": "asked_already", "confirmation": taken[subject]}
            left.append(Left(subject, Conflict.code, facts))
        elif isinstance(found, int):
            sizes[subject] = found
        else:
            left.append(Left(subject, found.code, found.facts))
    return Preview(account, tuple(sizes), tuple(left), tuple(sizes.values()))


_Refusal = NotFound | NotYourTurn | CertificateRefused


async def _judge_transcripts(
    tx: Tx, trust: TrustStore, command: SignCommand, account: SigningAccount, signer: Signer, at: datetime
) -> dict[str, int | _Refusal]:
    """Subject -> values to be signed for it, or why not."""
    kind = SlotKind(command.kind)
    role = Role.SEAL if kind is SlotKind.SEAL else Role.PEOPLE
    loaded = await load_transcripts(tx, command.subjects)
    number = "" if kind is SlotKind.SEAL else await _number(tx, command.person)
    unfit = _certificate(account, role, number, trust, at)
    found: dict[str, int | _Refusal] = {}
    for subject in dict.fromkeys(command.subjects):
        try:
            if subject not in loaded:
                raise NotFound(kind="transcript")
            one = loaded[subject]
            mine = own_slots(one, kind, signer)
            for slot in mine:
                check_turn(one.state, slot, signer, account.rules, one.row.year, at)
            if unfit is not None:
                raise unfit
            found[subject] = 2 if kind is SlotKind.SEAL else len(mine)
        except (NotFound, NotYourTurn, CertificateRefused) as error:
            found[subject] = error
    return found


def _certificate(
    account: SigningAccount, role: Role, number: str, trust: TrustStore, at: datetime
) -> CertificateRefused | None:
    """The same for every transcript: looked at once."""
    try:
        check_certificate(account, role, trust, at)
        check_owner(account, number)
    except CertificateRefused as error:
        return error
    return None


async def _number(tx: Tx, person: str) -> str:
    row = await tx.row(select(people.c.personal_number).where(tx.of(people), people.c.id == person))
    return (row.personal_number or "") if row is not None else ""


async def _judge_packages(
    tx: Tx, trust: TrustStore, command: SignCommand, account: SigningAccount, signer: Signer, at: datetime
) -> dict[str, int | _Refusal]:
    same = refers(packages.c.class_id, classes)
    rows = await tx.rows(
        select(packages.c.id, packages.c.state, classes.c.year)
        .join_from(packages, classes, same)
        .where(tx.of(packages), packages.c.id.in_(command.subjects))
    )
    by_id = {row.id: row for row in rows}
    found: dict[str, int | _Refusal] = {}
    for subject in dict.fromkeys(command.subjects):
        try:
            found[subject] = judge_package(by_id.get(subject), signer, account, trust, at)
        except (NotFound, NotYourTurn, CertificateRefused) as error:
            found[subject] = error
    return found
