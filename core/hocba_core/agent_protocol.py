"""What a page and the agent say to each other: JSON text over WebSocket on the loopback address.

Seven commands (hello, certificates, watch, open, run, cancel, close). A page sends
`{"v": 1, "id": "<its own>", "do": "<command>", …fields}`; the agent answers with any number of
`{"v": 1, "re": "<that id>", "event": "<name>", …}` and exactly one of
`{"v": 1, "re": …, "ok": true, "result": {…}}` or `{"v": 1, "re": …, "ok": false, "error": {…}}`.
An event whose `re` is null belongs to no request (a watched token came or went).

There is no field for a PIN, a path, an address, a driver or the page's own name, and there never will be:
a field that is not listed here is an error. Who asks is the Origin of the handshake, nothing else.
Pure: no I/O, no clock.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from hocba_core.agent_errors import ERRORS, ForbiddenField, VersionUnsupported
from hocba_core.errors import BadInput, HocbaError, OurFault

VERSION: Final = 1

PORTS: Final = (14741, 18741, 22741, 26741)
"""Where an agent may listen, in order of preference. Frozen: installers and policies name them.

Below 32768, where no system hands out ports of its own accord (Linux from 32768, Windows from 49152), and not
in IANA's list, in a browser's list of refused ports, or used by another Vietnamese signing program. 4000 apart,
so that one range that Hyper-V keeps for itself (blocks of 100) never takes two of them.
"""

PATH: Final = "/hocba"
"""The WebSocket's."""
HEALTH_PATH: Final = "/health"
"""Plain GET, to find an agent and to let the browser ask its permission."""

MAX_MESSAGE: Final = 256 * 1024
"""Bytes of one message; a full job with long Vietnamese titles is about 150 KiB."""
MAX_ITEMS: Final = 200
"""In one job. The gateway cuts its requests to a token to as many."""
TITLE_CHARS: Final = 120
HASH: Final = "SHA-256"
DIGEST_BYTES: Final = 32

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")

NEVER_FIELDS: Final = frozenset(
    (
        "pin",
        "password",
        "passwd",
        "secret",
        "dll",
        "driver",
        "module",
        "path",
        "file",
        "url",
        "uri",
        "origin",
        "domain",
        "host",
        "site",
        "command",
        "exec",
    )
)
"""A page that sends one of these wants another kind of agent; it is told so and its connection is closed."""


# --- commands ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One digest of a job. The title is the site's text; the person reads it in the agent's window."""

    id: str
    title: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Hello:
    """May open the consent window. Result: agent (its version), remembered (bool)."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Result: certificates, a list of `TokenCertificate.to_json`; drivers, a list of name and trouble."""


@dataclass(frozen=True, slots=True)
class Watch:
    """From now on events "tokens" (with the same fields as the result of certificates) when something changes."""


@dataclass(frozen=True, slots=True)
class Open:
    """Declares a job. Nobody is asked yet. Result: job."""

    certificate: str
    """Fingerprint, as in TokenCertificate."""
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Signs what of the job has no value yet: the PIN, then events "signed" (item, value). Result: signed, of.

    After token_pulled, pin_wrong, rejected, lapsed, driver_failed or cancelled the job stands, and run goes on.
    """

    job: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stops the run of a job within one signature. Result: running (was there one)."""

    job: str


@dataclass(frozen=True, slots=True)
class Close:
    """Forgets a job; stops it first, as cancel does."""

    job: str


Command = Hello | Certificates | Watch | Open | Run | Cancel | Close
COMMANDS: Final[Mapping[str, type[Command]]] = {
    kind.__name__.lower(): kind for kind in (Hello, Certificates, Watch, Open, Run, Cancel, Close)
}


@dataclass(frozen=True, slots=True)
class TokenCertificate:
    """A certificate on a token, with what a page needs to choose and to explain."""

    fingerprint: str
    """SHA-256 of the DER, lower-case hexadecimal."""
    der: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    """DER, CA certificates found on the same token, in no order."""
    token_serial: str
    token_label: str
    usable: bool
    reason: str
    """"" when usable, else usage | ended | not_yet | key, as in CertificateRefused."""
    pin_tries: str
    """several | last | blocked, as the token says; many tokens always say several."""

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**plain, "der": to_base64(self.der), "chain": [to_base64(der) for der in self.chain]}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> TokenCertificate:
        """Raises BadInput for what an agent of this version does not say."""
        try:
            chain = tuple(from_base64(der, "chain") for der in value["chain"])
            return TokenCertificate(**{**value, "der": from_base64(value["der"], "der"), "chain": chain})
        except (KeyError, TypeError) as error:
            raise BadInput(field="certificates", expected="certificates of protocol version 1") from error


# --- reading ------------------------------------------------------------------------------------------------


def parse(text: str | bytes, limit: int = MAX_MESSAGE) -> dict[str, Any]:
    """One message as a JSON object. Raises BadInput(field="message") for anything else.

    Stricter than json: no bytes, no duplicate keys, no NaN, no lone surrogate, no nesting that overflows.
    """
    if isinstance(text, bytes):
        raise BadInput(field="message", expected="a text frame")
    if len(text) > limit:
        raise BadInput(field="message", expected=f"at most {limit} characters")
    try:
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate, wherever it stands
    except (ValueError, RecursionError) as error:
        raise BadInput(field="message", expected="JSON") from error
    if not isinstance(value, dict):
        raise BadInput(field="message", expected="a JSON object")
    return value


def request_id(message: Mapping[str, Any]) -> str:
    """Raises BadInput(field="id")."""
    value = message.get("id")
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadInput(field="id", expected=_ID.pattern)
    return value


def command_of(message: Mapping[str, Any]) -> Command:
    """The command of a parsed message. Raises ForbiddenField, VersionUnsupported, BadInput naming the field."""
    for name in message:
        if name.lower() in NEVER_FIELDS:
            raise ForbiddenField(field=name)
    if type(message.get("v")) is not int:
        raise BadInput(field="v", expected="a number")
    if message["v"] != VERSION:
        raise VersionUnsupported(asked=message["v"], oldest=VERSION, newest=VERSION)
    do = message.get("do")
    kind = COMMANDS.get(do) if isinstance(do, str) else None
    if kind is None:
        raise BadInput(field="do", expected=" | ".join(COMMANDS))
    wanted = _READERS[kind]
    _exactly(message, {"v", "id", "do", *wanted}, "")
    found = {key: read(message[key], key) for key, (read, _) in wanted.items()}
    return kind(**{key: value for key, value in found.items() if wanted[key][1]})


def _exactly(message: Mapping[str, Any], wanted: set[str], where: str) -> None:
    for name in message:
        if name.lower() in NEVER_FIELDS:
            raise ForbiddenField(field=where + name)
        if name not in wanted:
            # the name is the page's: only its printable beginning goes into facts and logs
            raise BadInput(field=where + ascii(name)[1:-1][:40], expected="no such field")
    for name in sorted(wanted):
        if name not in message:
            raise BadInput(field=where + name, expected="present")


def _text(pattern: re.Pattern[str]) -> Callable[[object, str], str]:
    def read(value: object, name: str) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise BadInput(field=name, expected=pattern.pattern)
        return value

    return read


def _title(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= len(value) <= TITLE_CHARS:
        raise BadInput(field=name, expected=f"1 to {TITLE_CHARS} characters")
    return value


def _hash(value: object, name: str) -> str:
    if value != HASH:
        raise BadInput(field=name, expected=HASH)
    return HASH


def _items(value: object, name: str) -> tuple[Item, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_ITEMS:
        raise BadInput(field=name, expected=f"1 to {MAX_ITEMS} items")
    items = tuple(_item(one, f"{name}[{number}]") for number, one in enumerate(value))
    for key, seen in (("id", {item.id for item in items}), ("digest", {item.digest for item in items})):
        # one digest under two titles would let a site show one document and have another signed
        if len(seen) != len(items):
            raise BadInput(field=f"{name}.{key}", expected="each once")
    return items


def _item(value: object, where: str) -> Item:
    if not isinstance(value, dict):
        raise BadInput(field=where, expected="an object")
    _exactly(value, {"id", "title", "digest"}, f"{where}.")
    digest = from_base64(value["digest"], f"{where}.digest")
    if len(digest) != DIGEST_BYTES:
        raise BadInput(field=f"{where}.digest", expected=f"base64 of {DIGEST_BYTES} bytes")
    return Item(_text(_ID)(value["id"], f"{where}.id"), _title(value["title"], f"{where}.title"), digest)


_JOB: Final = {"job": (_text(_ID), True)}
_READERS: Final[Mapping[type[Command], Mapping[str, tuple[Callable[[Any, str], Any], bool]]]] = {
    Hello: {},
    Certificates: {},
    Watch: {},
    Open: {
        "certificate": (_text(_FINGERPRINT), True),
        "hash": (_hash, False),
        "title": (_title, True),
        "items": (_items, True),
    },
    Run: _JOB,
    Cancel: _JOB,
    Close: _JOB,
}
"""Per command: field → how it is read, and whether the command keeps it."""


def _no_duplicates(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def from_base64(value: object, name: str) -> bytes:
    """Raises BadInput naming the field."""
    if not isinstance(value, str):
        raise BadInput(field=name, expected="base64")
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        raise BadInput(field=name, expected="base64") from error


# --- writing -------------------------------------------------------------------------------------------------


def encode_command(identity: str, command: Command) -> str:
    """The page's side of `parse` and `command_of`."""
    plain: dict[str, Any] = {one.name: getattr(command, one.name) for one in fields(command)}
    if isinstance(command, Open):
        plain["hash"] = HASH
        plain["items"] = [
            {"id": item.id, "title": item.title, "digest": to_base64(item.digest)} for item in command.items
        ]
    return _dump({"v": VERSION, "id": identity, "do": type(command).__name__.lower(), **plain})


def encode_result(identity: str, result: Mapping[str, Any]) -> str:
    return _dump({"v": VERSION, "re": identity, "ok": True, "result": result})


def encode_event(identity: str | None, name: str, **values: Any) -> str:
    return _dump({"v": VERSION, "re": identity, "event": name, **values})


def encode_error(identity: str | None, error: HocbaError, text: str) -> str:
    """`text` is Vietnamese, for a person; facts are plain values."""
    facts = {name: value for name, value in error.facts.items() if isinstance(value, str | int | bool)}
    told = {"code": error.code, "again": error.again.value, "text": text, "facts": facts}
    return _dump({"v": VERSION, "re": identity, "ok": False, "error": told})


def error_of(told: Mapping[str, Any]) -> HocbaError:
    """The other side of `encode_error`. An unknown code is OurFault; facts gain the `text`, if there is one."""
    facts = told.get("facts")
    known = {str(name): value for name, value in facts.items()} if isinstance(facts, Mapping) else {}
    text = {"text": str(told["text"])} if told.get("text") else {}
    return ERRORS.get(str(told.get("code")), OurFault)(**{**known, **text})


def _dump(message: Mapping[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
