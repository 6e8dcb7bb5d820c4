"""The process of one driver: lists its tokens and signs jobs, asked over standard input, until its parent goes.

Messages in: {"do": "list"} · {"do": "run", …an order} · {"do": "cancel"}. Out, for list: {"tokens": [...]}; for run:
{"event": "pin"}, {"event": "login"}, {"event": "signed", "item", "value"} each, then {"done": count}; for both
{"error": code, "facts": {...}}. It has no socket. The PIN comes from a window of its own and stays here.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

from hocba_core.agent_errors import Cancelled
from hocba_core.agent_protocol import from_base64, to_base64
from hocba_core.certificate import Certificate
from hocba_core.errors import HocbaError, OurFault, Rejected
from hocba_core.secret import Secret

from hocba_agent import pipe
from hocba_agent.system import die_with_parent, ignore_interrupts
from hocba_agent.token.module import Module
from hocba_agent.windows.api import PinQuestion, question_from_json
from hocba_agent.windows.ask import PinWindow
from hocba_agent.windows.kinds import WindowKind


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
            if message["do"] == "run":
                self._cancelled.clear()
            self._inbox.put(message)
        os._exit(0)  # the agent is gone; a driver may hang in its unloading, so it is not asked

    def serve(self) -> None:
        while True:
            message = self._inbox.get()
            try:
                if message["do"] == "list":
                    self._say(tokens=self._tokens())
                else:
                    self._say(done=self._run(message))
            except HocbaError as error:
                self._say(error=error.code, facts=error.facts)

    def _tokens(self) -> list[dict[str, Any]]:
        return [
            {
                "serial": one.serial,
                "label": one.label,
                "tries": one.tries,
                "certificates": [to_base64(der) for der in one.certificates],
            }
            for one in self._module.tokens()
        ]

    def _run(self, order: dict[str, Any]) -> int:
        """Signs the order's items one after the other; stops at the first error of any kind."""
        certificate = Certificate.read(from_base64(order["certificate"], "certificate"))
        opened = self._module.find(order["token"], certificate)
        described = {**order["question"], "tries": opened.tries, "token": opened.label, "on_reader": opened.on_reader}
        question = question_from_json(described)
        assert isinstance(question, PinQuestion)
        signed = 0
        wanted = len(order["items"])
        with self._module.login(opened, certificate, self._pin(question, wanted)) as sign:
            self._say(event="login")
            for item in order["items"]:
                if self._cancelled.is_set():
                    raise Cancelled(signed=signed, of=wanted)
                value = sign(from_base64(item["digest"], "digest"))
                signed += 1
                self._say(event="signed", item=item["id"], value=to_base64(value))
        return signed

    def _pin(self, question: PinQuestion, wanted: int) -> Secret:
        self._say(event="pin")
        try:
            return self._window.ask(question, self._cancelled.is_set)
        except Rejected:
            if self._cancelled.is_set():
                raise Cancelled(signed=0, of=wanted) from None
            raise

    def _say(self, **message: Any) -> None:
        pipe.write(self._sink, message)


def main(parent: str, module: str, window: str, script: str) -> None:
    die_with_parent(int(parent), signal.SIGKILL)
    ignore_interrupts()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a driver that prints must not spoil a message
    try:
        loaded = Module(Path(module))
    except HocbaError as error:
        pipe.write(sink, {"error": error.code, "facts": error.facts})
        return
    worker = Worker(sink, loaded, PinWindow(WindowKind(window, Path(script))))
    threading.Thread(target=worker.read_for_ever, args=(source,), daemon=True).start()
    pipe.write(sink, {"ready": os.getpid()})
    try:
        worker.serve()
    except Exception as error:  # a fault of ours: the last words are its kind, never its text, which may quote a PIN
        pipe.write(sink, {"error": OurFault.code, "facts": {"number": type(error).__name__}})
        os._exit(1)
