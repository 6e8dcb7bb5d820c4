"""A pretend vendor that can be any vendor: its capabilities are settings, its keys real and worth nothing.

It always speaks to its simulator over HTTP, so that what is lost on a line is lost here too, and so that the
vendor lives on when the gateway is killed.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from hocba_core.clock import Clock
from hocba_core.errors import Refused, RequestRefused, SessionEnded
from hocba_core.provider import (
    Approval,
    Callback,
    Capabilities,
    Challenge,
    Completed,
    Completion,
    Credential,
    Field,
    Json,
    Pending,
    Reply,
    Session,
    SignatureRequest,
    SigningProvider,
)
from hocba_core.secret import Secret
from hocba_core.vendor_http import Answer, Timeouts, VendorHttp

from hocba_sandbox import wire
from hocba_sandbox.settings import KEY, Settings, key_of

FIELDS = (
    Field("user", "Tài khoản thử nghiệm"),
    Field("password", "Mật khẩu", secret=True),
)
SEAL_HEADER = "X-Sandbox-Hmac"
CODES = (Approval.OTP, Approval.PIN, Approval.TOTP)


class Sandbox(SigningProvider):
    key = KEY
    title = "Thử nghiệm (không có giá trị)"

    def __init__(self, settings: Json, clock: Clock) -> None:
        self._settings = Settings.read(settings, os.environ)
        self._clock = clock
        behaviour = self._settings.behaviour
        self._poll_every = behaviour.poll_every
        self._can = Capabilities(
            fields=FIELDS,
            login_challenges=frozenset({behaviour.login_challenge} if behaviour.login_challenge else ()),
            approval=behaviour.approval,
            completion=behaviour.completion,
            batch_limit=behaviour.batch_limit,
            keys=frozenset({behaviour.key_kind}),
            title_chars=40,
            description_chars=120,
            lifetime=behaviour.lifetime,
            verification_code=behaviour.verification_code,
            resend_code=behaviour.approval is Approval.OTP,
            finds_by_reference=behaviour.finds,
        )
        self._http = VendorHttp(
            KEY,
            self._settings.base_url,
            timeouts=Timeouts(5, self._settings.answer_seconds),
            setting=key_of("base_url"),
        )

    @property
    def can(self) -> Capabilities:
        return self._can

    async def close(self) -> None:
        await self._http.close()

    async def check(self) -> None:
        wire.said(await self._post("/check", {}))

    async def open_session(self, fields: Mapping[str, Secret]) -> Session | Challenge:
        return wire.read_login(await self._post("/session", {name: fields[name].reveal() for name in fields}))

    async def answer(self, challenge: Challenge, code: Secret) -> Session:
        return self._session(await self._post("/challenge", {**challenge.data, "code": code.reveal()}))

    async def refresh(self, session: Session) -> Session:
        return self._session(await self._post("/refresh", {"refresh": session.data["refresh"]}))

    async def credentials(self, session: Session) -> Sequence[Credential]:
        return wire.read_credentials(await self._post("/credentials", {}, session))

    async def start(self, session: Session, request: SignatureRequest) -> Completed | Pending:
        limit = self._can.batch_limit
        if not request.items or (limit is not None and len(request.items) > limit):
            raise RequestRefused(provider=KEY, what="batch_limit", limit=limit)
        return self._signing(await self._post("/sign", wire.sign_body(request), session, acts=True))

    async def find(self, session: Session, request: SignatureRequest) -> Completed | Pending:
        if not self._can.finds_by_reference:
            raise Refused(reason="no_find", provider=KEY)
        return self._signing(await self._post("/find", {"reference": request.reference}, session))

    async def poll(self, session: Session, pending: Pending) -> Completed | Pending:
        return self._signing(await self._post("/status", pending.handle, session))

    async def submit_code(self, session: Session, pending: Pending, code: Secret) -> Completed | Pending:
        if self._can.approval not in CODES:
            raise Refused(reason="no_code", provider=KEY)
        body = {**pending.handle, "code": code.reveal()}
        return self._signing(await self._post("/code", body, session, acts=True))

    async def resend_code(self, session: Session, pending: Pending) -> Pending:
        if not self._can.resend_code:
            raise Refused(reason="no_code", provider=KEY)
        answer = await self._post("/resend", pending.handle, session, acts=True)
        sent = self._signing(answer)
        if not isinstance(sent, Pending):
            raise answer.trouble("resend")
        return sent

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> tuple[Callback | None, Reply]:
        if self._can.completion is not Completion.CALLBACK:
            raise Refused(reason="no_callback", provider=KEY)
        given = next((value for name, value in headers.items() if name.lower() == SEAL_HEADER.lower()), "")
        if not hmac.compare_digest(given, callback_seal(self._settings.client_secret.reveal(), body)):
            return None, Reply(403, {"error": "hmac"})
        try:
            transaction = json.loads(body)["transaction"]
        except (ValueError, KeyError, TypeError):
            return None, Reply(400, {"error": "body"})
        return Callback({"transaction": transaction}), Reply(200, {"ok": True})

    def _session(self, answer: Answer) -> Session:
        opened = wire.read_login(answer)
        if not isinstance(opened, Session):
            raise answer.trouble("challenge_again")
        return opened

    def _signing(self, answer: Answer) -> Completed | Pending:
        return wire.read_signing(answer, self._poll_every)

    async def _post(self, path: str, body: Json, session: Session | None = None, *, acts: bool = False) -> Answer:
        headers = {"X-Client-Secret": self._settings.client_secret.reveal()}
        if session is not None:
            if session.expires_at <= self._clock():
                raise SessionEnded(provider=KEY)
            headers["Authorization"] = f"Bearer {session.data['token']}"
        sent: dict[str, Any] = dict(body)
        return await self._http.post_json(path, sent, acts=acts, headers=headers)


def callback_seal(secret: str, body: bytes) -> str:
    """What the simulator puts into SEAL_HEADER."""
    return hmac.new(secret.encode(), body, sha256).hexdigest()


__all__ = ["FIELDS", "SEAL_HEADER", "Sandbox", "callback_seal"]
