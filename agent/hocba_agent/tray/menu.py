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
    items = []
    for number, one in enumerate(entries(told)):
        if not one.text:
            items.append(make.Menu.SEPARATOR)
            continue

        def act(_icon: Any, _item: Any, wish: dict[str, Any] | None = one.wish) -> None:
            if wish is not None:
                ask(wish)

        ticked = None if one.chosen is None else (lambda _, on=one.chosen: on)
        items.append(
            make.MenuItem(
                one.text,
                act,
                checked=ticked,
                radio=one.chosen is not None,
                default=number == 0,
                enabled=one.wish is not None,
            )
        )
    return make.Menu(*items)
