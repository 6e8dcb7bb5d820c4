"""Viettel MySign as a SigningProvider: asynchronous signing with the person's phone, polled.

The gateway proves itself with its own client id and secret and only names the person: no password is asked.
Tokens are per person and live an hour; a new one needs nobody, so refresh() always works. When a token ends
while a phone is waiting, the call raises SessionEnded: refresh, and go on with the same Pending.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from hocba_core.clock import Clock
from hocba_core.errors import AccountUnknown, BadInput, OutcomeUnknown, RequestRefused, SessionEnded
from hocba_core.provider import (
    Approval,
    Capabilities,
    Challenge,
    Completed,
    Completion,
    Credential,
    Field,
    Json,
    KeyKind,
    Pending,
    Session,
    SignatureRequest,
    SigningProvider,
)
from hocba_core.secret import Secret

from hocba_viettel_mysign import faults
from hocba_viettel_mysign.client import Client
from hocba_viettel_mysign.settings import KEY, Settings

USER_ID: Final = Field(
    name="user_id",
    label="Tài khoản MySign",
    pattern=r"CMT_(\d{9}|\d{12})|MST_\d{10}(-\d{3})?|\d{12}",
    hint="Số định danh cá nhân 12 chữ số, hoặc CMT_<số giấy tờ>, hoặc MST_<mã số thuế>",
)
NOBODY: Final = "CMT_000000000"
"""No such person: Viettel answers "user unknown", and only once it has accepted our own account (assumed)."""
_TOKEN_MARGIN: Final = timedelta(seconds=30)
_GRACE: Final = timedelta(seconds=60)
"""How much longer than its lifetime a request with a status that nobody has described is still waited for."""


class ViettelMySign(SigningProvider):
    key = KEY
    title = "Viettel MySign"

    def __init__(self, settings: Json, clock: Clock) -> None:
        self._settings = Settings.read(settings)
        self._clock = clock
        self._client = Client(self._settings)
        self._can = Capabilities(
            fields=(USER_ID,),
            login_challenges=frozenset(),
            approval=Approval.PHONE,
            completion=Completion.POLL,
            batch_limit=self._settings.batch_limit,
            keys=frozenset({KeyKind.RSA}),
            title_chars=40,
            description_chars=120,
            lifetime=self._settings.lifetime,
        )

    @property
    def can(self) -> Capabilities:
        return self._can

    async def close(self) -> None:
        await self._client.close()

    async def check(self) -> None:
        try:
            await self._client.login(self._settings.check_user_id or NOBODY)
        except AccountUnknown:
            if self._settings.check_user_id:
                raise

    async def open_session(self, fields: Mapping[str, Secret]) -> Session | Challenge:
        user_id = fields.get(USER_ID.name, Secret("")).reveal().strip()
        if not user_id:
            raise BadInput(field=USER_ID.name, expected=USER_ID.hint)
        return await self._log_in(user_id)

    async def refresh(self, session: Session) -> Session:
        return await self._log_in(session.data["user_id"])

    async def _log_in(self, user_id: str) -> Session:
        login = await self._client.login(user_id)
        lives = timedelta(seconds=login.seconds) - _TOKEN_MARGIN
        return Session({"user_id": user_id, "token": login.token}, self._clock() + lives)

    async def credentials(self, session: Session) -> Sequence[Credential]:
        return await self._client.certificates(self._token(session), session.data["user_id"])

    async def start(self, session: Session, request: SignatureRequest) -> Completed | Pending:
        if not 0 < len(request.items) <= self._settings.batch_limit:
            raise RequestRefused(provider=KEY, what="batch_limit", limit=self._settings.batch_limit)
        asked_at = self._clock()
        transaction = await self._client.sign(self._token(session), request)
        return Pending(
            handle={"transaction": transaction, "items": [item.item for item in request.items]},
            poll_after=self._settings.poll_every,
            expires_at=asked_at + self._settings.lifetime,
            needs=Approval.PHONE,
        )

    async def poll(self, session: Session, pending: Pending) -> Completed | Pending:
        status, answer = await self._client.status(self._token(session), pending.handle["transaction"])
        if status.values is not None:
            # By position: the answer names no documents. Core finds out which value fits which digest.
            return Completed(dict(zip(pending.handle["items"], status.values, strict=False)))
        if error := faults.ended(answer, status.code, status.message):
            raise error
        if status.code not in faults.WAITING and self._clock() > pending.expires_at + _GRACE:
            raise OutcomeUnknown(
                provider=KEY, what="unknown_status", vendor_code=status.code[:32], request=answer.request
            )
        return pending

    def _token(self, session: Session) -> str:
        """A token that is known to be over is not tried."""
        if session.expires_at <= self._clock():
            raise SessionEnded(provider=KEY)
        token: str = session.data["token"]
        return token
