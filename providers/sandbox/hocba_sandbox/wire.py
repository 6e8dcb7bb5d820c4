"""The pretend vendor's JSON, to and from our values. Errors come as {"error": <code of hocba_core.errors>, …}."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hocba_core import errors
from hocba_core.provider import (
    Approval,
    Challenge,
    Completed,
    Credential,
    KeyKind,
    LoginChallenge,
    Pending,
    Session,
    SignatureRequest,
)
from hocba_core.vendor_http import Answer

from hocba_sandbox.settings import KEY, key_of

_ERRORS: Final[Mapping[str, type[errors.HocbaError]]] = {
    kind.code: kind
    for kind in (
        errors.Rejected,
        errors.Lapsed,
        errors.CodeWrong,
        errors.CodeLapsed,
        errors.AccountUnknown,
        errors.PasswordWrong,
        errors.AccountLocked,
        errors.NoCertificate,
        errors.CertificateEnded,
        errors.OutOfTurns,
        errors.SessionEnded,
        errors.RequestRefused,
        errors.RequestUnknown,
    )
}


def sign_body(request: SignatureRequest) -> dict[str, Any]:
    return {
        "reference": request.reference,
        "credential": request.credential.ref,
        "description": request.description,
        "callback_url": request.callback_url,
        "items": [
            {"id": item.item, "title": item.title, "digest": b64encode(item.digest).decode()} for item in request.items
        ],
    }


def said(answer: Answer) -> dict[str, Any]:
    """The object that was answered. Raises the error that it names, or `answer.trouble(…)`."""
    if answer.status == 401 and not answer.body:
        raise errors.SessionEnded(provider=KEY, status=401, request=answer.request)
    if answer.status >= 500:
        raise answer.trouble("broken")
    body = answer.json()
    if not isinstance(body, dict):
        raise answer.trouble("not_an_object")
    name = str(body.get("error", ""))
    if name == errors.RefusesUs.code:
        raise errors.RefusesUs(setting=key_of("client_secret"), provider=KEY, request=answer.request)
    if name in _ERRORS:
        facts = {key: body[key] for key in ("tries_left", "seconds") if key in body}
        raise _ERRORS[name](provider=KEY, request=answer.request, **facts)
    if name or answer.status != 200:
        raise answer.trouble("unknown_error")
    return body


def read_login(answer: Answer) -> Session | Challenge:
    body = said(answer)
    try:
        if "challenge" in body:
            return Challenge(LoginChallenge(body["challenge"]), {"id": body["id"]}, body["sent_to"])
        data = {"token": body["token"], "refresh": body["refresh"]}
        return Session(data, datetime.fromisoformat(body["expires_at"]))
    except (KeyError, ValueError) as error:
        raise answer.trouble("login") from error


def read_credentials(answer: Answer) -> list[Credential]:
    body = said(answer)
    try:
        return [
            Credential(
                ref=entry["ref"],
                certificate=b64decode(entry["certificate"]),
                chain=tuple(b64decode(one) for one in entry["chain"]),
                key_kind=KeyKind(entry["key_kind"]),
                usable=entry["usable"],
                label=entry["label"],
            )
            for entry in body["credentials"]
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise answer.trouble("credentials") from error


def read_signing(answer: Answer, poll_after: timedelta) -> Completed | Pending:
    body = said(answer)
    try:
        if "values" in body:
            return Completed({item: b64decode(value) for item, value in body["values"].items()})
        return Pending(
            handle={"transaction": body["transaction"]},
            poll_after=poll_after,
            expires_at=datetime.fromisoformat(body["expires_at"]),
            needs=Approval(body["needs"]),
            verification_code=body.get("verification_code"),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise answer.trouble("signing") from error
