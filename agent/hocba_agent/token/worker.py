"""The process of one driver: lists its tokens and signs jobs, asked over standard input, until its parent goes.

Messages in, each with `wrong` and `shy` (see seen.Notes): {"do": "list"} · {"do": "run", …an order} ·
{"do": "unlock", "token", "label"}; and {"do": "cancel"} alone. Out: {"event": "reading", "token"} before a token's
certificates are read, {"event": "pin"}, {"event": "login"}, {"event": "signed", "item", "value"}; at the end, for
list and unlock {"tokens": [...]}, for run {"done": count}, for all {"error": code, "facts": {...}}. With
`"ending": true` in such an end the process ends itself. It has no socket. The PIN comes from a window of its own and
stays here.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

from hocba_core.agent_errors import Cancelled
from hocba_core.agent_protocol import from_base64, to_base64
from hocba_core.certificate import Certificate
from hocba_core.errors import HocbaError, OurFault, Rejected
from hocba_core.lifeline import die_with_parent
from hocba_core.secret import Secret

from hocba_agent import pipe
from hocba_agent.system import ignore_interrupts
from hocba_agent.token.module import Module
from hocba_agent.token.seen import Found, Notes, Opened
from hocba_agent.windows.api import PinQuestion, question_from_json
from hocba_agent.windows.ask import PinWindow
from hocba_agent.windows.kinds import WindowKind

_LENGTHS_ASKED = 3
"""Times that a PIN of a length the token does not take is asked again; the token has not seen it."""
_UNLOCK = {"kind": "pin", "site": "", "owner": "", "title": "", "titles": ()}
"""Asked by the person themself, who wants to see what is on the token: for no site, to sign nothing."""


class Worker:
    """PKCS#11 on the main thread only; the reading thread does nothing but take messages and notice a cancel."""

    def __init__(self, sink: BinaryIO, module: Module, window: PinWindow) -> None:
        self._sink = sink
        self._module = module
        self._window = window
        self._inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled = threading.Event()

    def read_for_ever(self, source: BinaryIO) -> None:
        while (message := pipe.read(source)) is not None:
            if message["do"] == "cancel":
                self._cancelled.set()
                self._window.close()
                continue
            if message["do"] in ("run", "unlock"):
                self._cancelled.clear()
            self._inbox.put(message)
        os._exit(0)  # the agent is gone; a driver may hang in its unloading, so it is not asked

    def serve(self) -> None:
        """Until a logout failed: then only the end of the process takes the login away."""
        while True:
            answer = self._answer(self._inbox.get())
            if self._module.spoiled:
                self._say(**answer, ending=True)
                os._exit(0)
            self._say(**answer)

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        self._module.notes = Notes(dict(message["wrong"]), frozenset(message["shy"]))
        try:
            match message["do"]:
                case "run":
                    return {"done": self._run(message)}
                case "unlock":
                    self._unlock(message)
            return {"tokens": [_told(one) for one in self._module.tokens(self._reading)]}
        except HocbaError as error:
            return {"error": error.code, "facts": error.facts}

    def _reading(self, serial: str) -> None:
        self._say(event="reading", token=serial)

    def _run(self, order: dict[str, Any]) -> int:
        """Signs the order's items one after the other; stops at the first error of any kind."""
        certificate = Certificate.read(from_base64(order["certificate"], "certificate"))
        opened = self._module.find(order["token"], certificate)
        signed = 0
        wanted = len(order["items"])
        with self._module.login(opened, certificate, self._pin(opened, order["question"], wanted)) as sign:
            self._say(event="login")
            for item in order["items"]:
                self._go_on(signed, wanted)
                value = sign(from_base64(item["digest"], "digest"))
                signed += 1
                self._say(event="signed", item=item["id"], value=to_base64(value))
        return signed

    def _unlock(self, message: dict[str, Any]) -> None:
        opened = self._module.find_locked(message["token"], message["label"])
        self._module.unlock(opened, self._pin(opened, _UNLOCK, 0))
        self._say(event="login")

    def _pin(self, opened: Opened, asked: dict[str, Any], wanted: int) -> Secret:
        """A PIN of a length that the token takes. Raises Rejected, Lapsed, Cancelled."""
        shortest, longest = opened.pin_lengths
        token = {"tries": opened.tries, "token": opened.present.info.label, "on_reader": opened.on_reader}
        question = question_from_json({**asked, **token, "shortest": shortest, "longest": longest})
        assert isinstance(question, PinQuestion)
        self._say(event="pin")
        for _ in range(_LENGTHS_ASKED):
            self._go_on(0, wanted)
            try:
                pin = self._window.ask(question, self._cancelled.is_set)
            except Rejected:
                self._go_on(0, wanted)
                raise
            self._go_on(0, wanted)  # a PIN that came too late is not tried
            if opened.on_reader or not longest or shortest <= len(pin.reveal().encode()) <= longest:
                return pin
        raise Rejected()

    def _go_on(self, signed: int, wanted: int) -> None:
        """Raises Cancelled."""
        if self._cancelled.is_set():
            raise Cancelled(signed=signed, of=wanted)

    def _say(self, **message: Any) -> None:
        pipe.write(self._sink, message)


def _told(one: Found) -> dict[str, Any]:
    info = one.present.info
    return {
        "serial": info.serial,
        "label": info.label,
        "maker": info.manufacturer,
        "model": info.model,
        "flags": info.flags,
        "reader": one.reader,
        "tries": one.tries,
        "locked": one.locked,
        "certificates": [to_base64(der) for der in one.certificates],
        "with_key": [to_base64(der) for der in one.with_key],
    }


def main(parent: str, module: str, window: str, script: str) -> None:
    die_with_parent(int(parent))
    ignore_interrupts()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a driver that prints must not spoil a message
    try:
        loaded = Module(Path(module))
    except HocbaError as error:
        pipe.write(sink, {"error": error.code, "facts": error.facts})
        os._exit(0)
    worker = Worker(sink, loaded, PinWindow(WindowKind(window, Path(script))))
    threading.Thread(target=worker.read_for_ever, args=(source,), daemon=True).start()
    pipe.write(sink, {"ready": os.getpid()})
    try:
        worker.serve()
    except Exception as error:  # a fault of ours: the last words are its kind, never its text, which may quote a PIN
        pipe.write(sink, {"error": OurFault.code, "facts": {"number": type(error).__name__}})
        os._exit(1)
