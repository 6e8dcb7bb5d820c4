"""Answers from a file instead of a person, for tests and the demo. The agent refuses it without --development.

The file is JSON: {"consent": [...], "pin": [...]}. The n-th window of a kind gets the n-th answer, the last one goes
on for ever. consent: "no", "once", "remember". pin: the PIN, or null for Cancel. Of both: false, nobody answers.
Each question is noted as a line of JSON in <file>.asked before it is answered; PINs are not.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from hocba_core.secret import Secret

from hocba_agent.windows.api import Consent, ConsentQuestion, PinQuestion, Question, question_to_json

_NEVER = 3600.0
"""Seconds; whoever asked ends the window long before."""


class Scripted:
    def __init__(self, script: Path) -> None:
        self._script = script
        self._asked = script.with_name(script.name + ".asked")

    def consent(self, question: ConsentQuestion) -> Consent:
        return Consent(self._answer("consent", question) or Consent.NO)

    def pin(self, question: PinQuestion) -> Secret | None:
        answer = self._answer("pin", question)
        return None if answer is None else Secret(str(answer))

    def _answer(self, kind: str, question: Question) -> Any:
        lines = self._asked.read_text(encoding="utf-8").splitlines() if self._asked.exists() else []
        before = sum(json.loads(line)["kind"] == kind for line in lines)
        with self._asked.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps(question_to_json(question), ensure_ascii=False) + "\n")
        answers = json.loads(self._script.read_text(encoding="utf-8")).get(kind) or [None]
        answer = answers[min(before, len(answers) - 1)]
        if answer is False:
            time.sleep(_NEVER)
        return answer
