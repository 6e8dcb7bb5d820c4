"""Questions in the terminal, for a machine without a screen."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from hocba_core.secret import Secret

from hocba_agent.system import terminal
from hocba_agent.windows.api import Consent, ConsentQuestion, PinQuestion

_ANSWERS = {"c": Consent.ONCE, "n": Consent.REMEMBER}
_TITLES = 10
"""Shown of a long list from its beginning; the last one is always shown."""


class Console:
    """Without a terminal every answer is no."""

    def consent(self, question: ConsentQuestion) -> Consent:
        with _terminal() as lines:
            if lines is None:
                return Consent.NO
            source, sink = lines
            _say(
                sink,
                "",
                "── Chương trình ký Hocba ──",
                f"Trang web  {question.site}",
                *([f"(hỏi bằng chương trình {question.program})"] if question.program else []),
                "muốn xem chứng thư số trên USB Token và xin chữ ký của bạn.",
                "Cho phép?  [c] lần này   [n] và nhớ 90 ngày   [Enter] không",
            )
            return _ANSWERS.get(source.readline().strip().lower(), Consent.NO)

    def pin(self, question: PinQuestion) -> Secret | None:
        with _terminal() as lines:
            if lines is None:
                return None
            source, sink = lines
            _say(sink, *_described(question))
            if question.on_reader:
                _say(sink, "Nhập mã PIN trên thiết bị. Bắt đầu?  [c] có   [Enter] không")
                return Secret("") if source.readline().strip().lower() == "c" else None
            typed = getpass.getpass("User PIN (để trống là Hủy): ", stream=sink)
            return Secret(typed) if typed else None


def _described(question: PinQuestion) -> Iterator[str]:
    total = len(question.titles)
    yield ""
    yield "── Đăng nhập USB Token ──"
    yield f"Trang web    {question.site}"
    yield f"Chứng thư số {question.owner}  (USB Token: {question.token})"
    yield f"Ký {total} mục, chữ của trang web: {question.title}"
    for number, title in enumerate(question.titles, 1):
        if number <= _TITLES or number == total:
            yield f"  {number:3}. {title}"
        elif number == _TITLES + 1:
            yield "   …"
    if question.signed:
        yield f"Ký tiếp: {question.signed} mục đã ký xong từ trước."
    if question.tries == "last":
        yield "CHÚ Ý: chỉ còn MỘT lần thử. Nhập sai lần này USB Token sẽ bị khóa."


def _say(sink: TextIO, *lines: str) -> None:
    sink.write("\n".join(lines) + "\n")
    sink.flush()


@contextmanager
def _terminal() -> Iterator[tuple[TextIO, TextIO] | None]:
    reading, writing = terminal()
    try:
        source = Path(reading).open(encoding="utf-8")  # noqa: SIM115 - closed below, with its twin
        sink = Path(writing).open("w", encoding="utf-8")  # noqa: SIM115
    except OSError:
        yield None
        return
    with source, sink:
        yield source, sink
