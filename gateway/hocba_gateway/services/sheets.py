"""The signing dialog before the press (T21): what would be signed, with which account, what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hocba_core.agent_protocol import MAX_ITEMS
from hocba_core.errors import BadInput, CertificateRefused, HocbaError, NotYourTurn, StoreTrouble
from hocba_core.provider import Approval, Capabilities, Completion, Field
from hocba_core.secret import Secret
from hocba_core.workflow.accounts import AccountState, Method
from hocba_core.workflow.turn import Mend
from sqlalchemy import literal, select

from hocba_gateway.services import vendor_login
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.services.sight import require_transcripts
from hocba_gateway.services.signing import BY_SCHOOL, KINDS, require_account
from hocba_gateway.services.vendors import one_offer
from hocba_gateway.signing.command import SignCommand
from hocba_gateway.signing.preview import Preview, preview
from hocba_gateway.signing.sessions import session_of
from hocba_gateway.signing.states import PACKAGE
from hocba_gateway.signing_accounts.keep import owned_by
from hocba_gateway.signing_accounts.view import AccountView, query_accounts, view
from hocba_gateway.store.schema import classes, packages, pupils, signing_accounts, transcripts
from hocba_gateway.store.store import Scope, Tx
from hocba_gateway.store.table import refers


@dataclass(frozen=True, slots=True)
class Vendor:
    key: str
    title: str
    fields: tuple[Field, ...]
    """To be asked before a session is opened."""
    filled: Mapping[str, str] = field(repr=False)
    """What the person typed there when they registered; never a secret."""
    approval: Approval
    completion: Completion
    resend_code: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What is signed, as people name it."""

    id: str
    pupil: str
    """"" for a package."""
    position: int
    class_name: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    subject: Subject
    code: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error's code and facts, to be put into words."""

    code: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sheet:
    kind: str
    ready: tuple[str, ...]
    class_names: tuple[str, ...]
    """Of what is ready."""
    left: tuple[LeftOut, ...]
    account: AccountView | None
    fingerprint: str
    """SHA-256 of the account's certificate: a page finds it on the token by that."""
    vendor: Vendor | None
    """None for a token."""
    needs_login: bool
    confirmations: int
    problem: Problem | None
    """Why nothing can be signed; None when something can."""


async def sheet_of(gateway: Gateway, scope: Scope, principal: Principal, kind: str, wanted: Sequence[str]) -> Sheet:
    """Raises Forbidden, NotFound(kind="transcript"), BadInput. What only forbids signing is told in the sheet."""
    if kind not in KINDS:
        raise BadInput(field="kind", expected=", ".join(sorted(KINDS)))
    if not wanted:
        raise BadInput(field="subjects", expected="ít nhất một học bạ")
    person = principal.demand_person()
    if kind in BY_SCHOOL:
        principal.demand(Right.SEAL)
    async with scope.read() as tx:
        if kind != PACKAGE:
            await require_transcripts(tx, principal, wanted)
        subjects, year = await _subjects(tx, kind, wanted)
        account = await _best_account(tx, None if kind in BY_SCHOOL else person, year)
        if account is None:
            seals = kind in BY_SCHOOL
            reason, mend = ("no_school_certificate", Mend.ADMIN) if seals else ("no_account", Mend.SELF)
            return _unable(kind, NotYourTurn(reason=reason, mend=mend.value))
        command = SignCommand("", principal.account, person, principal.has(Right.SEAL), account.id, kind, tuple(wanted))
        told = await preview(tx, gateway.desk.trust, command, gateway.clock())
    try:
        return await _filled(gateway, scope, person, kind, told, subjects, account)
    except StoreTrouble:
        raise
    except HocbaError as error:  # the vendor is not to be had: said, like everything else that forbids signing
        return _unable(kind, error, account)


async def _filled(
    gateway: Gateway,
    scope: Scope,
    person: str,
    kind: str,
    told: Preview,
    subjects: Mapping[str, Subject],
    account: AccountView,
) -> Sheet:
    vendor: Vendor | None
    limit: int | None
    vendor, limit, needs_login = None, MAX_ITEMS, False
    if told.ready and account.method is Method.REMOTE and account.provider:
        vendor, can = await vendor_of(gateway, scope, account.id, account.provider, account.year)
        opened = await session_of(scope, person, account.provider, account.year, account.ref or "")
        limit, needs_login = can.batch_limit, opened is None
    left = tuple(
        LeftOut(subjects.get(one.subject, Subject(one.subject, "", 0, "")), one.code, one.facts) for one in told.left
    )
    return Sheet(
        kind=kind,
        ready=told.ready,
        class_names=tuple(dict.fromkeys(subjects[one].class_name for one in told.ready)),
        left=left,
        account=account,
        fingerprint=told.account.certificate.fingerprint,
        vendor=vendor,
        needs_login=needs_login,
        confirmations=told.confirmations(limit),
        problem=None if told.ready or not left else Problem(left[0].code, left[0].facts),
    )


def _unable(kind: str, error: HocbaError, account: AccountView | None = None) -> Sheet:
    return Sheet(kind, (), (), (), account, "", None, False, 0, Problem(error.code, error.facts))


async def _subjects(tx: Tx, kind: str, wanted: Sequence[str]) -> tuple[dict[str, Subject], str]:
    """By id, in the order of classes and class lists; and the newest school year among them, "" for none."""
    rows = await tx.rows(_package_names(tx, wanted) if kind == PACKAGE else _names(tx, wanted))
    found = {row.id: Subject(row.id, row.name or "", row.position, row.class_name) for row in rows}
    return found, max((row.year for row in rows), default="")


def _names(tx: Tx, wanted: Sequence[str]) -> Any:
    t, p, c = transcripts.c, pupils.c, classes.c
    return (
        select(t.id, p.name, p.position, c.name.label("class_name"), t.year)
        .join_from(transcripts, pupils, refers(t.pupil_id, pupils))
        .join(classes, refers(t.class_id, classes))
        .where(tx.of(transcripts), t.id.in_(wanted))
        .order_by(c.grade, c.name, p.position, p.code)
    )


def _package_names(tx: Tx, wanted: Sequence[str]) -> Any:
    k, c = packages.c, classes.c
    return (
        select(k.id, literal("").label("name"), k.version.label("position"), c.name.label("class_name"), c.year)
        .join_from(packages, classes, refers(k.class_id, classes))
        .where(tx.of(packages), k.id.in_(wanted))
        .order_by(c.grade, c.name, k.created_at)
    )


async def named(tx: Tx, kind: str, wanted: Sequence[str]) -> dict[str, Subject]:
    """By id, in the order of classes and class lists."""
    return (await _subjects(tx, kind, wanted))[0]


async def _best_account(tx: Tx, person: str | None, year: str) -> AccountView | None:
    """The approved one of that year, else what was asked for, else one of another year: so that a refusal says why."""
    a = signing_accounts.c
    own = owned_by(person)
    years = await tx.rows(select(a.year).where(tx.of(signing_accounts), own).distinct())
    for one in sorted({row.year for row in years}, key=lambda name: (name == year, name), reverse=True):
        found = [view(row, tx.now()) for row in await tx.rows(query_accounts(tx, one).where(own))]
        asked = [account for account in found if account.state is not AccountState.REPLACED]
        if asked:
            return next((account for account in asked if account.state is AccountState.APPROVED), asked[0])
    return None


async def vendor_of(
    gateway: Gateway, scope: Scope, account: str, provider: str, year: str
) -> tuple[Vendor, Capabilities]:
    """What that vendor asks of a person. Raises NotFound(kind="provider"), PluginBroken, SettingWrong."""
    found = await one_offer(gateway, scope, year, provider)
    async with scope.read() as tx:
        row = await tx.row(
            select(signing_accounts.c.login).where(tx.of(signing_accounts), signing_accounts.c.id == account)
        )
    known = gateway.sealer.open(row.login) if row is not None and row.login else {}
    filled = {one.name: str(known[one.name]) for one in found.can.fields if not one.secret and one.name in known}
    can = found.can
    return Vendor(provider, found.title, can.fields, filled, can.approval, can.completion, can.resend_code), can


async def log_in(
    gateway: Gateway,
    scope: Scope,
    principal: Principal,
    kind: str,
    account: str,
    fields: Mapping[str, Secret],
    challenge: str,
    code: Secret,
) -> vendor_login.Opened:
    """Opens the session that the account's vendor wants, or answers the proof that it asked for.

    `challenge`: "" for the first step. Raises NotFound(kind="signing_account"), CertificateRefused(reason=
    "elsewhere") for a log-in that does not reach the account's key, and what vendor_login does.
    """
    async with scope.read() as tx:
        row = await require_account(tx, principal, kind, account)
    if challenge:
        opened = await vendor_login.answer(gateway, scope, principal, challenge, code)
    else:
        opened = await vendor_login.open_session(gateway, scope, principal, row.year, row.provider or "", fields)
    if opened.session is not None and row.credential_ref not in opened.refs:
        raise CertificateRefused(reason="elsewhere")
    return opened
