"""What the pages of signing share: errors in words, and a press's progress as its templates want it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from hocba_core.clock import to_millis
from hocba_core.provider import Approval, Completion

from hocba_gateway.services.following import Followed
from hocba_gateway.signing.states import NEEDS_LOGIN, OVER, AttemptState, RequestState
from hocba_gateway.web.problems import words_of

CODES: Final = ("otp", "pin", "totp")
"""In a request's `needs`: a code that the person types here."""


def in_words(code: str | None, facts: Mapping[str, Any], number: str = "") -> Mapping[str, str]:
    """title, detail, todo; who mends it stands in `todo`. `number`: what to read to the support."""
    if not code:
        return {"title": "", "detail": "", "todo": ""}
    words = words_of(code, {"number": number, **facts} if number else facts)
    if code == "not_your_turn" and not facts.get("mend"):
        words["todo"] = ""  # nobody has to mend it
    return words


def progress_values(followed: Followed, now: datetime) -> dict[str, Any]:
    """For sign_progress.html and its pieces."""
    progress = followed.progress
    said = partial(in_words, number=_number(followed))
    failures: dict[tuple[str, str], int] = {}
    for tried in progress.attempts:
        if tried.state == AttemptState.FAILED:
            words = said(tried.error, tried.error_facts)
            reason = (words["title"], words["todo"])
            failures[reason] = failures.get(reason, 0) + 1
    over = [request for request in progress.requests if request.state in OVER]
    return {
        "followed": followed,
        "progress": progress,
        "total": len(progress.attempts),
        "signed": followed.signed,
        "failed": len(followed.failed),
        "failures": [(title, todo, count) for (title, todo), count in failures.items()],
        "shown": [request for request in progress.requests if request not in over],
        "over": len(over),
        "step": partial(_step, followed),
        "states": _states(followed),
        "now": to_millis(now),
        "in_words": said,
    }


def _number(followed: Followed) -> str:
    """Of the press: how its id in the audit begins."""
    return followed.progress.confirmation.partition("-")[0]


def _step(followed: Followed, request: Any) -> str:
    """Which words a request gets: progress.step_<step>."""
    vendor = followed.vendor
    if request.state == RequestState.ASKING and vendor is not None and vendor.completion is Completion.BLOCKING:
        return "phone" if vendor.approval is Approval.PHONE else "asking"  # the vendor answers once the person has
    if request.needs == NEEDS_LOGIN:
        return "login"
    if request.state == RequestState.WAITING:
        return request.needs if request.needs in CODES else "phone"
    if request.error and request.state == RequestState.NEW:
        return "again"
    return str(request.state)


def _states(followed: Followed) -> list[tuple[str, str, Any, Mapping[str, str]]]:
    """Of each attempt, in the order of the class list: place on the page, state, subject, why it failed."""
    order = {subject: number for number, subject in enumerate(followed.subjects)}
    found = []
    for tried in sorted(followed.progress.attempts, key=lambda tried: (order.get(tried.subject, 0), tried.slot)):
        failed = tried.state == AttemptState.FAILED
        words = in_words(tried.error, tried.error_facts, _number(followed)) if failed else {}
        found.append((f"s-{tried.subject}-{tried.slot}", tried.state, followed.subjects.get(tried.subject), words))
    return found
