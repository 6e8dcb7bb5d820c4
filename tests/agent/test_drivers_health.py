from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hocba_agent.driver import Driver
from hocba_agent.drivers.health import DriverHealth, health
from hocba_agent.pin_counter import PinCounter
from hocba_agent.testing.tokens import PIN, Tokens, softhsm
from hocba_agent.tokens import Tokens as AllTokens
from hocba_agent.windows.kinds import WindowKind
from hocba_core.clock import system_clock
from hocba_core.errors import DriverFailed, PinWrong
from hocba_core.testing.pki import Identity, TestCa


@pytest.fixture
async def drivers(
    tmp_path: Path, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[AllTokens, PinCounter]]:
    """The token side alone: the shim, and a file that is no driver. Scripted windows type the PIN."""
    for name, value in tokens.environment.items():
        monkeypatch.setenv(name, value)
    script, text = tmp_path / "answers.json", tmp_path / "viettel-ca_v6.so"
    script.write_text(f'{{"pin": ["wrong", "{PIN}"]}}')
    text.write_text("not a library")
    counter = PinCounter(tmp_path / "config")
    kind = WindowKind("scripted", script)
    opened = AllTokens([Driver(tokens.shim, kind, counter), Driver(text, kind, counter)], system_clock)
    await opened.spawn()
    yield opened, counter
    await opened.close()


def of(found: tuple[DriverHealth, ...], name: str) -> DriverHealth:
    return next(one for one in found if one.path.endswith(name))


@pytest.mark.feature("G8")
@pytest.mark.threat("H3")
async def test_health_tells_support_what_it_needs_and_no_more(
    drivers: tuple[AllTokens, PinCounter], tokens: Tokens, token_ca: TestCa, owner: Identity, tmp_path: Path
):
    now, day = system_clock(), timedelta(days=1)
    ended = token_ca.issue_person("Hết Hạn", "001190000003", start=now - 9 * day, end=now - day)
    serial = tokens.add("Trường Tiểu học A", owner, ended)
    tokens.tell("flags", 0x30000)

    found = await health(drivers[0], tmp_path / "config", now)

    shim = of(found.drivers, tokens.shim.name)
    assert (shim.loaded, shim.what, shim.bits, shim.found_by) == (True, "", 64, "command")
    (token,) = shim.tokens
    assert token.serial == "…" + serial[-4:]
    assert token.tries == "last"
    assert token.flags == ("USER_PIN_COUNT_LOW", "USER_PIN_FINAL_TRY")
    left = {one.reason: one.days_left for one in token.certificates}
    assert left[""] > 0 > left["ended"]
    text = of(found.drivers, "viettel-ca_v6.so")
    assert (text.loaded, text.what) == (False, "no_library")
    assert "Không phải thư viện" in text.words
    # what is on this PC and was not asked for is shown too
    assert of(found.drivers, "opensc-pkcs11.so").what == "restart"
    for private in ("Nguyễn", "Ánh", "001190000001", serial, "Trường Tiểu học", PIN):
        assert private not in repr(found)


@pytest.mark.threat("F10")
@pytest.mark.threat("G14")
@pytest.mark.parametrize("quirk", ["private", "shy"])
async def test_a_token_that_hides_its_certificates_is_unlocked_to_see_them_and_then_signs(
    drivers: tuple[AllTokens, PinCounter], tokens: Tokens, owner: Identity, tmp_path: Path, quirk: str
):
    opened, counter = drivers
    serial = tokens.add("gv01", owner)
    tokens.tell("flags_off", 0x70000)
    tokens.tell(quirk)
    listing = await opened.listing()
    for _ in range(40):
        if listing.locked:
            break
        await asyncio.sleep(0.2)
        listing = await opened.listing()
    (locked,) = listing.locked
    assert (locked.serial, locked.label, listing.held) == (serial, "gv01", ())
    assert (locked.driver.name, "locked") in listing.troubles

    with pytest.raises(PinWrong):
        await opened.unlock(locked, asyncio.Event())
    assert counter.wrong == {serial: 1}
    await opened.unlock(locked, asyncio.Event())

    listing = await opened.listing()
    (held,) = listing.held
    assert (held.certificate.der, listing.locked, counter.wrong) == (owner.certificate, (), {})
    assert tokens.calls("log") == ["login", "login", "logout"], "nobody stays logged in"
    noted = (tmp_path / "answers.json.asked").read_text().splitlines()
    assert len(noted) == 2
    assert '"site": ""' in noted[0]


@pytest.mark.threat("G10")
@pytest.mark.threat("G8")
async def test_a_driver_is_added_once_and_removed_while_the_agent_runs(
    drivers: tuple[AllTokens, PinCounter], tokens: Tokens, owner: Identity, tmp_path: Path
):
    opened, counter = drivers
    tokens.add("gv01", owner)
    before = opened.drivers
    link = tmp_path / "link.so"
    link.symlink_to(tokens.shim)
    kind = WindowKind("scripted", tmp_path / "answers.json")

    await opened.add(Driver(link, kind, counter))
    assert opened.drivers == before, "the same file by another path"
    await opened.add(Driver(softhsm(), kind, counter))
    assert len((await opened.listing()).held) == 1
    await opened.remove(tokens.shim)
    assert [one.driver.module for one in (await opened.listing()).held] == [softhsm()]
    await opened.remove(softhsm())
    assert (await opened.listing()).held == ()
    assert all(one.process_id is None for one in before[:1])


@pytest.mark.threat("G1")
@pytest.mark.threat("G2")
async def test_a_driver_that_always_crashes_is_not_started_in_a_loop(
    drivers: tuple[AllTokens, PinCounter], tokens: Tokens
):
    tokens.tell("crash_list")
    (driver, _), processes, told = drivers[0].drivers, set(), ""
    for _ in range(50):
        processes.add(driver.process_id)
        with pytest.raises(DriverFailed) as failed:
            await driver.tokens()
        told = str(failed.value.facts["what"])
        if told == "paused":
            break
    assert told == "paused"
    assert len(processes) <= 4


def test_the_count_of_wrong_pins_survives_and_a_broken_file_starts_afresh(tmp_path: Path):
    counter = PinCounter(tmp_path)
    counter.refused("a")
    counter.refused("a")
    counter.refused("b")
    counter.accepted("b")
    assert PinCounter(tmp_path).wrong == {"a": 2}
    (tmp_path / "pin_tries.json").write_text("{broken")
    assert PinCounter(tmp_path).wrong == {}
