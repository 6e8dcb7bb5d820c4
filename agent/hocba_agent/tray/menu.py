"""What the menu of the tray offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hocba_agent.texts import Words

VIEWS = ("tokens", "sites", "history", "drivers", "diagnosis", "about")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line; None of `wish`: it only tells. An empty text: a line between."""

    text: str
    wish: dict[str, Any] | None = None
    chosen: bool | None = None


def entries(told: dict[str, Any]) -> Iterator[Entry]:
    """From the tray's message; the first that does something is what a click on the icon does."""
    words = Words(told["language"])
    yield Entry(words("panel.tokens"), {"do": "show", "view": "tokens"})
    for line in told["certificates"] or [words("tray.no_certificates")]:
        yield Entry(f"    {line}")
    yield Entry("")
    for view in VIEWS[1:]:
        yield Entry(words(f"panel.{view}"), {"do": "show", "view": view})
    yield Entry("")
    for language, name in (("vi", "vietnamese"), ("en", "english")):
        text = words(f"tray.{name}")
        yield Entry(text, {"do": "language", "value": language}, told["language"] == language)
    yield Entry("")
    yield Entry(words("panel.quit"), {"do": "quit"})


def menu(make: Any, told: dict[str, Any], ask: Callable[[dict[str, Any]], None]) -> Any:
    """`make` is pystray: it can be imported only where there is a tray."""

    def item(one: Entry, *, default: bool) -> Any:
        def act(_icon: Any, _item: Any) -> None:  # pystray counts the parameters
            if one.wish is not None:
                ask(one.wish)

        def checked(_item: Any) -> bool | None:
            return one.chosen

        radio = one.chosen is not None
        how = {"radio": radio, "default": default, "enabled": one.wish is not None}
        return make.MenuItem(one.text, act, checked=checked if radio else None, **how)

    lines = enumerate(entries(told))
    return make.Menu(*(item(one, default=n == 0) if one.text else make.Menu.SEPARATOR for n, one in lines))
