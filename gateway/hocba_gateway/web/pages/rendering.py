"""Templates → HTML. Everything that a template may use is listed here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hocba_core.clock import VIETNAM, from_millis
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hocba_gateway.web.pages.words import words_of

_TURNING: Final = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Marks that turn the direction of a line: in a name they would turn the words that stand around it."""
HERE: Final = Path(__file__).parent.parent
STATIC: Final = HERE / "static"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_straight,
    )
    made.filters |= {"moment": moment, "day": day, "date": date_of}
    made.globals |= {"static": static}
    return made


def _straight(value: Any) -> Any:
    """Whatever is put in, without marks of direction; letters of any script stay."""
    return value.translate(_TURNING) if isinstance(value, str) else value


def render(template: str, values: Mapping[str, Any], language: str = "vi") -> str:
    """Escapes whatever is put in; an unknown name is an error, not a blank."""
    words = words_of(language)
    return _environment().get_template(template).render(**values, t=words, language=language)


@cache
def static(name: str) -> str:
    """The address of a file of static/, with a mark of its content: it may be kept for ever."""
    mark = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{mark}"


def moment(millis: int | None) -> str:
    """14:05 25/05/2026, in Vietnam; "" for none."""
    return f"{_local(millis):%H:%M %d/%m/%Y}" if millis is not None else ""


def day(millis: int | None) -> str:
    """25/05/2026"""
    return f"{_local(millis):%d/%m/%Y}" if millis is not None else ""


def date_of(instant: datetime | None) -> str:
    """25/05/2026 of an instant, as certificates have them."""
    return f"{instant.astimezone(VIETNAM):%d/%m/%Y}" if instant is not None else ""


def _local(millis: int) -> datetime:
    return from_millis(millis).astimezone(VIETNAM)
