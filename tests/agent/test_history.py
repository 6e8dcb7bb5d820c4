from __future__ import annotations

import stat
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hocba_agent.history import FILE, MOST_BYTES, Entry, History, digest_of_list
from hocba_core.agent_protocol import Item

ENTRY = Entry(
    job="a" * 32,
    began="2026-11-25T02:15:00+00:00",
    site="https://hb.example",
    owner="Nguyễn Thị Ánh",
    serial="540110A2C4F6",
    signed=45,
    of=45,
    outcome="done",
    items="0" * 64,
)


@pytest.mark.threat("E14")
def test_a_job_is_one_line_however_often_it_was_interrupted(tmp_path: Path):
    history = History(tmp_path)
    history.record(replace(ENTRY, signed=0, outcome="running"))
    history.record(replace(ENTRY, signed=10, outcome="token_pulled"))
    history.record(replace(ENTRY, job="b" * 32))
    history.record(ENTRY)

    assert len((tmp_path / FILE).read_text().splitlines()) == 2
    assert [one.job[0] for one in History(tmp_path).newest_first()] == ["b", "a"]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.threat("E14")
def test_the_file_stays_small_and_loses_the_oldest(tmp_path: Path):
    history = History(tmp_path)
    count = 0
    while len(history.newest_first()) == count:
        count += 100
        for number in range(count - 100, count):
            history.record(replace(ENTRY, job=f"{number:032d}"))
            assert (tmp_path / FILE).stat().st_size <= MOST_BYTES
    kept = [int(one.job) for one in History(tmp_path).newest_first()]
    assert kept[0] == count - 1
    assert kept == sorted(kept, reverse=True)
    assert len(kept) > 500


def test_a_job_during_which_the_agent_ended_is_called_interrupted(tmp_path: Path):
    History(tmp_path).record(replace(ENTRY, signed=0, outcome="running"))

    assert [one.outcome for one in History(tmp_path).newest_first()] == ["interrupted"]


@pytest.mark.parametrize(
    "broken", ["{", "[]", '{"job": 1}', '{"job": "x", "began": 3}', "\x00\ud800".encode("utf-8", "replace").decode()]
)
def test_a_broken_line_hides_no_other(broken: str, tmp_path: Path):
    history = History(tmp_path)
    history.record(ENTRY)
    with (tmp_path / FILE).open("a") as file:
        file.write(broken + "\n")

    assert History(tmp_path).newest_first() == [ENTRY]


def test_a_disk_that_cannot_be_written_stops_nothing(tmp_path: Path):
    folder = tmp_path / "file"
    folder.write_text("not a folder")
    history = History(folder / "below")
    history.record(ENTRY)
    assert history.newest_first() == [ENTRY]


@pytest.mark.threat("E14")
def test_the_digest_of_a_list_tells_lists_apart_and_is_no_digest_of_an_item():
    items = [Item(f"i{n}", f"6A {n:02d}", sha256(bytes([n])).digest()) for n in range(3)]
    found = {
        digest_of_list(items),
        digest_of_list(items[:2]),
        digest_of_list(items[::-1]),
        digest_of_list([replace(items[0], title="6B 00"), *items[1:]]),
        digest_of_list(items[:1]),
    }
    assert len(found) == 5
    assert items[0].digest.hex() not in found
