"""Error → answer. The only place that turns an error into words and a status (RFC 9457, problem+json)."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from hocba_core import errors
from hocba_core.errors import HocbaError

from hocba_gateway.web.reading import written

log = logging.getLogger(__name__)

STATUS: Final[Mapping[type[HocbaError], int]] = {
    errors.NotLoggedIn: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.NotYourTurn: 409,
    errors.BadInput: 422,
    errors.Refused: 422,
    errors.SignerDeclined: 422,
    errors.SignerAccount: 422,
    errors.TokenTrouble: 422,
    errors.SettingWrong: 422,
    errors.SignatureWrong: 422,
    errors.Busy: 503,
    errors.ProviderTrouble: 502,
    errors.PluginBroken: 422,
    errors.StoreTrouble: 503,
    HocbaError: 500,
}
"""The nearest class in an error's ancestry counts."""


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"


@lru_cache(maxsize=1)
def texts() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "texts_vi.toml").read_text(encoding="utf-8"))


def status_of(error: HocbaError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def words_of(code: str, facts: Mapping[str, object]) -> dict[str, str]:
    """title, detail, todo in Vietnamese: those of the fact that decides (reason, state …), else the code's own."""
    own = texts().get(code, texts()["error"])
    chosen = dict(own)
    for fact in ("reason", "state", "kind", "field"):
        said = own.get(fact, {}).get(str(facts.get(fact)), {}) if fact in facts else {}
        if said:
            chosen |= said
            break
    filled = _Facts({name: _plain(value) for name, value in facts.items()})
    return {name: str(chosen.get(name, "")).format_map(filled) for name in ("title", "detail", "todo")}


def _plain(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple | set | frozenset) else value


def problem(error: HocbaError, number: str, status: int | None = None) -> web.Response:
    """`number`: the request's, to quote to support; all that is said of a fault of ours. `status`: other than
    the error's own."""
    status = status or status_of(error)
    ours = isinstance(error, errors.OurFault)
    facts = {} if ours else {name: _json(value) for name, value in error.facts.items()}
    said = {
        "type": f"urn:hocba:problem:{error.code}",
        "status": status,
        "code": error.code,
        "again": error.again.value,
        "facts": facts,
        "number": number,
        **words_of(error.code, {**error.facts, "number": number}),
    }
    answer = web.Response(status=status, text=written(said), content_type="application/problem+json")
    if isinstance(error, errors.NotLoggedIn):
        answer.headers["WWW-Authenticate"] = "Bearer"
    if status == 503 and isinstance(seconds := error.facts.get("retry_after"), int):
        answer.headers["Retry-After"] = str(seconds)
    return answer


def _json(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_json(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
