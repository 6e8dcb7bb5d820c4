from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from hocba_agent.logs import FILE, MOST_BYTES, Limit, OneLine
from hocba_agent.testing.attacker import Attacker
from hocba_agent.testing.running import RunningAgent


def record(text: str, *values: object, line: int = 1) -> logging.LogRecord:
    return logging.LogRecord("x", logging.WARNING, "file.py", line, text, values, None)


@pytest.mark.threat("H1")
@pytest.mark.parametrize("evil", ["a\nb", "a\r\nINFO forged", "\x1b[2J", "\u2028x", "\u202egpj", "\x00", "\x85"])
def test_an_event_is_one_line_whatever_its_texts_hold(evil: str):
    line = OneLine().format(record("token %s", evil))
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert OneLine().format(record("%s", "Nguyễn Thị Ánh")).endswith("Nguyễn Thị Ánh")
    assert len(OneLine().format(record("%s", "x" * 100_000))) <= 2000


@pytest.mark.threat("H2")
def test_one_kind_of_event_does_not_flood_and_hides_no_other():
    now = 0.0
    limit = Limit(lambda: now, most=30)
    kept = [one for one in (record("refused %d", number) for number in range(100_000)) if limit.filter(one)]
    assert len(kept) == 30
    assert "left out" in kept[-1].getMessage()
    assert limit.filter(record("another", line=2))
    now = 61.0
    assert limit.filter(record("refused again"))


@pytest.mark.threat("H1")
@pytest.mark.threat("H2")
async def test_two_thousand_refused_handshakes_leave_a_few_lines(agent: RunningAgent, attacker: Attacker):
    before = len(agent.log)
    for number in range(2000):
        evil = f"https://{number}.evil.example\t\x9b2J"
        assert (await attacker.knock(attacker.headers(Origin=evil))).status == 403
    added = agent.log[before:]
    assert 0 < len(added) < 40_000
    assert "\x9b" not in added
    refused = [line for line in added.splitlines() if "evil" in line]
    assert 0 < len(refused) < 100
    assert all(re.match(r"\d{4}-\d\d-\d\d .* refused: origin", line) for line in refused)


@pytest.mark.threat("H2")
def test_the_file_of_the_log_is_bounded(tmp_path: Path):
    from logging.handlers import RotatingFileHandler

    handler = RotatingFileHandler(tmp_path / FILE, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(OneLine())
    for number in range(3000):
        handler.emit(record("%s %d", "ữ" * 300, number))
    handler.close()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2 * MOST_BYTES
    assert len(list(tmp_path.iterdir())) == 2
