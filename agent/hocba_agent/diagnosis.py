"""What support asks for on the telephone, in one text without personal data: no name, no number, no PIN, no path of
the user's own folder. Serial numbers keep their last four characters."""

from __future__ import annotations

import platform
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hocba_core.agent_protocol import PORTS

from hocba_agent import RELEASED, __version__
from hocba_agent.drivers.health import Health, TokenHealth
from hocba_agent.neighbours import holder_of_port
from hocba_agent.readers import Service
from hocba_agent.surroundings import browser_policies
from hocba_agent.system import listen
from hocba_agent.texts import Words

SANE_YEARS = 10
"""After the release; a clock beyond is more likely wrong than the program that old."""
SOON = 30
"""Days that a certificate has left."""
GOOD, LOOK, PLAIN = "good", "look", "plain"
_NETWORK_POLICIES = ("LocalNetwork", "LoopbackNetwork")
Policies = list[tuple[str, dict[str, object] | None]]


@dataclass(frozen=True, slots=True)
class Line:
    state: str
    """good | look | plain"""
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Clues:
    """What this process knows."""

    now: datetime
    port: int
    health: Health
    last_signed: str
    """ISO 8601; "" when nothing was."""
    allowed: int
    remembered: int
    open: int
    support: str


def look(
    clues: Clues,
    words: Words,
    policies: Callable[[], Policies] = browser_policies,
    ports: Callable[[int], list[tuple[int, str]]] | None = None,
) -> list[Section]:
    """Takes up to a second: it tries ports and reads policies."""
    say = words
    bits = struct.calcsize("P") * 8
    system = f"{platform.system()} {platform.release()}"
    version = say("diagnosis.version", version=__version__, system=system, python=platform.python_version(), bits=bits)
    program = [Line(PLAIN, version), clock_line(clues, say)]
    if clues.support:
        program.append(Line(PLAIN, say("common.support", line=clues.support)))
    count = say("diagnosis.sites_count", allowed=clues.allowed, remembered=clues.remembered, open=clues.open)
    return [
        Section(say("diagnosis.program"), tuple(program)),
        Section(say("diagnosis.drivers"), tuple(_drivers(clues.health, say))),
        Section(say("diagnosis.ports"), tuple(_ports((ports or held_ports)(clues.port), say))),
        Section(say("diagnosis.browsers"), tuple(_policies(policies(), say))),
        Section(say("diagnosis.sites"), (Line(GOOD if clues.allowed else LOOK, count),)),
    ]


def as_text(sections: list[Mapping[str, Any]]) -> str:
    """For the clipboard; sections as `asdict` makes them. "!" marks what needs a look."""
    marks = {GOOD: "+", LOOK: "!", PLAIN: "-"}
    lines = []
    for section in sections:
        lines.append(f"[{section['title']}]")
        lines += [f" {marks[line['state']]} {line['text']}" for line in section["lines"]]
    return "\n".join(lines) + "\n"


def clock_line(clues: Clues, say: Words) -> Line:
    """A clock set a year back shows before the release or before the last signature; one far ahead shows by years."""
    now = clues.now.astimezone().strftime("%H:%M %d/%m/%Y")
    last = datetime.fromisoformat(clues.last_signed) if clues.last_signed else RELEASED
    if clues.now < max(RELEASED, last) - timedelta(days=1):
        return Line(LOOK, say("diagnosis.clock_early", now=now))
    if clues.now > RELEASED + timedelta(days=366 * SANE_YEARS):
        return Line(LOOK, say("diagnosis.clock_late", now=now, years=SANE_YEARS))
    return Line(GOOD, say("diagnosis.clock", now=now))


def held_ports(ours: int) -> list[tuple[int, str]]:
    """Each port of the set (and ours, should it be another) with "ours", "free", or who holds it ("" when untold)."""
    found = []
    for port in dict.fromkeys((*PORTS, ours)):
        if port == ours:
            found.append((port, "ours"))
            continue
        try:
            listen(port).close()
            found.append((port, "free"))
        except OSError:
            found.append((port, holder_of_port(port)))
    return found


def _ports(held: list[tuple[int, str]], say: Words) -> Iterator[Line]:
    for port, holder in held:
        if holder == "ours":
            yield Line(GOOD, say("diagnosis.port_ours", port=port))
        elif holder == "free":
            yield Line(PLAIN, say("diagnosis.port_free", port=port))
        else:
            yield Line(LOOK, say("diagnosis.port_taken", port=port, holder=holder or say("diagnosis.port_unknown")))


def _drivers(health: Health, say: Words) -> Iterator[Line]:
    service = health.pc_sc
    if service.service is not Service.ABSENT:
        good = service.service is Service.ON
        names = ", ".join(one.name for one in service.readers) or say("common.none")
        yield Line(GOOD if good else LOOK, say(f"diagnosis.service_{service.service}", readers=names))
    if not any(one.loaded for one in health.drivers):
        yield Line(LOOK, say("diagnosis.no_drivers"))
    for one in health.drivers:
        name = f"{one.path} ({one.bits} bit)" if one.bits else one.path
        words = one.words if one.what else say("diagnosis.driver_ok")
        yield Line(LOOK if one.what else GOOD, say("diagnosis.driver", name=name, words=words))
        for token in one.tokens:
            yield from _token(token, say)
    if not any(one.tokens for one in health.drivers):
        yield Line(LOOK, say("diagnosis.no_tokens"))


def _token(token: TokenHealth, say: Words) -> Iterator[Line]:
    tries = say(f"diagnosis.tries_{token.tries}")
    kind = " ".join(part for part in (token.maker, token.model) if part)
    told = say("diagnosis.token", serial=token.serial, kind=kind, tries=tries)
    yield Line(GOOD if token.tries == "several" else LOOK, told + "".join(f" [{flag}]" for flag in token.flags))
    if token.locked:
        yield Line(PLAIN, say("tokens.locked"))
    for number, one in enumerate(token.certificates, 1):
        if one.reason == "ended":
            yield Line(LOOK, say("diagnosis.certificate_ended", number=number, days=-one.days_left))
            continue
        reason = f"tokens.reason_{one.reason}"
        words = say(reason) if say.has(reason) else one.reason
        usable = say("tokens.unusable", reason=words) if one.reason else say("tokens.usable")
        state = LOOK if one.days_left <= SOON else PLAIN if one.reason else GOOD
        yield Line(state, say("diagnosis.certificate", number=number, days=one.days_left, usable=usable))


def _policies(found: Policies, say: Words) -> Iterator[Line]:
    """Those about access to this PC's own network, by count: the sites in them are the administrator's business."""
    some = False
    for browser, policies in found:
        if policies is None:
            some = True
            yield Line(LOOK, say("diagnosis.policy_unreadable", browser=browser))
            continue
        for name, value in policies.items():
            if not any(part in name for part in _NETWORK_POLICIES):
                continue
            some = True
            if isinstance(value, list):
                blocks = "Blocked" in name
                key = "diagnosis.policy_blocks" if blocks else "diagnosis.policy_allows"
                yield Line(LOOK if blocks else GOOD, say(key, browser=browser, name=name, count=len(value)))
            else:
                text = value if isinstance(value, str | int | bool) else type(value).__name__
                yield Line(PLAIN, say("diagnosis.policy_other", browser=browser, name=name, value=str(text)[:60]))
    if not some:
        yield Line(PLAIN, say("diagnosis.no_policies"))
