"""Files are judged by name, folder and header; none of them is ever loaded for that."""

from __future__ import annotations

import contextlib
import os
import struct
from pathlib import Path

import pytest
from hocba_agent.drivers import added
from hocba_agent.drivers.added import add_driver, drivers_to_load, list_drivers, read_added, remove_driver
from hocba_agent.drivers.binary import Binary, NotALibrary, read_binary
from hocba_agent.drivers.catalogue import catalogue
from hocba_agent.drivers.check import Verdict, judge
from hocba_agent.drivers.command import main as drivers_command
from hocba_agent.drivers.find import discover
from hocba_agent.drivers.words import trouble_in_words, verdict_in_words
from hocba_agent.testing.processes import children, command_line
from hocba_agent.testing.running import SITE
from hocba_agent.testing.tokens import Tokens, softhsm
from hocba_agent.testing.virtual_reader import opensc
from hocba_core.agent_protocol import Certificates
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage
from hypothesis import given, settings
from hypothesis import strategies as st

ENTRY = b"C_GetFunctionList"


def pe(machine: int = 0x8664, magic: int = 0x20B, names: tuple[bytes, ...] = (ENTRY,), flags: int = 0x2022) -> bytes:
    """A DLL of one section at 0x1000, with these exports."""
    section, raw = 0x1000, 0x400
    listed = section + 40
    strings, at, pointers = b"", listed + 4 * len(names), []
    for name in names:
        pointers.append(at + len(strings))
        strings += name + b"\0"
    exports = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, 0, 1, len(names), len(names), 0, listed, 0)
    body = exports + b"".join(struct.pack("<I", one) for one in pointers) + strings
    optional = struct.pack("<H", magic) + bytes((112 if magic == 0x20B else 96) - 2)
    optional += struct.pack("<II", section if names else 0, len(body)) + bytes(8 * 15)
    head = b"PE\0\0" + struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), flags) + optional
    table = b".edata\0\0" + struct.pack("<IIIIIIHHI", len(body), section, len(body), raw, 0, 0, 0, 0, 0)
    file = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x40) + head + table
    return file.ljust(raw, b"\0") + body


def macho(machine: int = 0x100000C, name: bytes = b"_" + ENTRY, kind: int = 6) -> bytes:
    """A 64-bit dylib with one external symbol."""
    symbols = 32 + 24
    strings = symbols + 16
    command = struct.pack("<IIIIII", 2, 24, symbols, 1, strings, len(name) + 2)
    symbol = struct.pack("<IBBHQ", 1, 0x0F, 1, 0, 0x1000)
    return struct.pack("<IIIIIIII", 0xFEEDFACF, machine, 0, kind, 1, 24, 0, 0) + command + symbol + b"\0" + name + b"\0"


def fat(*parts: bytes) -> bytes:
    head, at, body = struct.pack(">II", 0xCAFEBABE, len(parts)), 8 + 20 * len(parts), b""
    for part in parts:
        head += struct.pack(">IIIII", 0, 0, at + len(body), len(part), 0)
        body += part
    return head + body


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A driver of ours, where everybody may write."""
    made = tmp_path / "viettel-ca_v6.so"
    made.write_bytes(softhsm().read_bytes())
    return made


# --- headers ------------------------------------------------------------------------------------


@pytest.mark.threat("G3")
@pytest.mark.threat("G5")
def test_headers_of_all_three_systems_are_read():
    assert read_binary(pe()) == (Binary("pe", "x86_64", 64, True),)
    assert read_binary(pe(0x14C, 0x10B)) == (Binary("pe", "x86", 32, True),)
    assert read_binary(pe(names=(b"DllMain", b"C_Get"))) == (Binary("pe", "x86_64", 64, False),)
    assert read_binary(pe(names=())) == (Binary("pe", "x86_64", 64, False),)
    assert read_binary(macho()) == (Binary("macho", "arm64", 64, True),)
    assert read_binary(macho(name=b"_main")) == (Binary("macho", "arm64", 64, False),)
    assert [one.machine for one in read_binary(fat(macho(), macho(0x1000007)))] == ["arm64", "x86_64"]
    assert read_binary(softhsm().read_bytes())[0].has_entry


@pytest.mark.threat("G5")
def test_what_is_no_library_is_told(tmp_path: Path):
    for content in (b"", b"MZ", b"\x7fELF", b"text", pe(flags=0x22), macho(kind=2), fat(), pe()[:200]):
        with pytest.raises(NotALibrary):
            read_binary(content)
    assert judge(Path("/bin/ls"), confirmed=True).reason in ("no_library", "no_entry")


@pytest.mark.threat("G5")
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_header_however_broken_breaks_the_reader(data: st.DataObject):
    content = bytearray(data.draw(st.sampled_from([pe(), pe(0x14C, 0x10B), macho(), fat(macho(), macho())])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 4))
        content[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4))
    with contextlib.suppress(NotALibrary):
        read_binary(bytes(content))


# --- verdicts -----------------------------------------------------------------------------------


@pytest.mark.threat("G6")
@pytest.mark.parametrize("name", ["pkcs11-spy.so", "viettel-ca.so", "p11-kit-proxy.so"])
def test_a_spy_is_never_loaded_whatever_it_is_called_and_whoever_says_yes(tmp_path: Path, name: str):
    spy = opensc().with_name("pkcs11-spy.so")
    copy = tmp_path / name
    copy.write_bytes(spy.read_bytes())
    assert judge(copy, confirmed=True).reason == "never"
    assert add_driver(tmp_path / "config", copy, confirmed=True).reason == "never"
    assert judge(spy, confirmed=True).reason == "never"


@pytest.mark.threat("G5")
def test_a_shell_a_wrong_machine_and_a_text_are_refused_with_the_reason(tmp_path: Path):
    made = {
        "viettel-ca_s.dll": (pe(), "shell"),
        "bkavcsp.dll": (pe(), "shell"),
        "vnpt-ca_csp_v1.dll": (pe(), "shell"),
        "viettel-ca_v6.dll": (pe(), "system"),
        "text.so": (b"not a library", "no_library"),
        "libc.so": (Path("/lib/x86_64-linux-gnu/libc.so.6").read_bytes(), "no_entry"),
        "short.so": (softhsm().read_bytes()[:4096], "no_library"),
    }
    for name, (content, reason) in made.items():
        (tmp_path / name).write_bytes(content)
        assert judge(tmp_path / name, confirmed=True).reason == reason, name
    assert judge(tmp_path / "missing.so", confirmed=True).reason == "missing"
    for name in ("vnpt-ca_csp11.dll", "VNPTCACardv8csp11.dll", "eps2003csp11.dll", "st3csp11.dll", "CA2_csp11.dll"):
        assert not catalogue().is_shell(name)


@pytest.mark.threat("G3")
def test_a_32_bit_driver_has_a_clear_line(tmp_path: Path):
    content = bytearray(softhsm().read_bytes())
    content[18:20] = struct.pack("<H", 183)  # for another processor
    (tmp_path / "arm.so").write_bytes(content)
    assert judge(tmp_path / "arm.so", confirmed=True).reason == "machine"
    # the smallest 32-bit library there is: one section of symbols with one name
    head = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 3, 3, 1, 0, 0, 52, 0, 52, 0, 0, 40, 3, 0)
    symbols = 52 + 120
    sections = bytes(40)
    sections += struct.pack("<IIIIIIIIII", 0, 11, 0, 0, symbols, 16, 2, 0, 0, 16)
    sections += struct.pack("<IIIIIIIIII", 0, 3, 0, 0, symbols + 16, 20, 0, 0, 0, 0)
    symbol = struct.pack("<IIIBBH", 1, 0x10, 0, 0x12, 0, 1)
    (tmp_path / "old.so").write_bytes(head + sections + symbol + b"\0" + ENTRY + b"\0")

    verdict = judge(tmp_path / "old.so", confirmed=True)

    assert (verdict.reason, verdict.machine, verdict.bits) == ("bits", "x86", 32)
    assert "32-bit" in verdict_in_words(verdict)
    assert "64-bit" in verdict_in_words(verdict)


def test_every_reason_has_words_in_both_languages():
    reasons = [
        "",
        "missing",
        "never",
        "shell",
        "no_library",
        "system",
        "bits",
        "machine",
        "no_entry",
        "writable",
        "changed",
    ]
    troubles = ["", *reasons[1:], "load", "hang", "crash", "paused", "slow", "locked", "list", "service_off", "restart"]
    for language in ("vi", "en"):
        said = [verdict_in_words(Verdict(reason, "x86", 32), language) for reason in reasons]
        assert len(set(said)) == len(reasons)
        assert len({trouble_in_words(one, language) for one in troubles}) == len(troubles)
        assert "value" in trouble_in_words("value", language), "what has no words of its own is named"
    assert trouble_in_words("hang", "vi") != trouble_in_words("hang", "en")


# --- finding ------------------------------------------------------------------------------------


@pytest.mark.threat("G4")
def test_a_driver_where_anybody_may_write_is_found_and_not_loaded(library: Path, tmp_path: Path):
    (found,) = discover([tmp_path], [])
    assert (found.path, found.verdict.reason) == (library, "writable")
    assert "sửa được" in verdict_in_words(found.verdict)
    assert judge(softhsm(), confirmed=False).ok, "Debian's own lies where only root may write"


@pytest.mark.threat("G8")
def test_one_library_by_many_paths_is_one(library: Path, tmp_path: Path):
    for folder in ("link", "hard"):
        (tmp_path / folder).mkdir()
    (tmp_path / "link" / "viettel-ca_v5.so").symlink_to(library)
    os.link(library, tmp_path / "hard" / "VIETTEL-CA.SO")
    known = discover([tmp_path, tmp_path / "link", tmp_path / "hard", tmp_path / "." / "link"], [])
    assert len(known) == 1
    assert len(drivers_to_load(tmp_path / "config", [library, tmp_path / "hard" / "VIETTEL-CA.SO"])) == 1


def test_names_are_found_in_any_case_and_other_programs_registers_are_read(tmp_path: Path):
    (tmp_path / "FPTCA_V4.SO").write_bytes(softhsm().read_bytes())
    (tmp_path / "somebodys.so").write_bytes(softhsm().read_bytes())
    (tmp_path / "registers").mkdir()
    (tmp_path / "registers" / "own.module").write_text(f"# ours\nmodule: {softhsm()}\n")
    (tmp_path / "registers" / "broken.module").write_bytes(b"module: \xff\xfe\n")
    found = {one.path.name: one for one in discover([tmp_path], [tmp_path / "registers"])}
    assert found["FPTCA_V4.SO"].brand == "FPT-CA"
    assert found["libsofthsm2.so"].found_by == "p11-kit"
    assert "somebodys.so" not in found


def test_the_list_knows_the_brands_and_calls_nothing_twice():
    known = catalogue()
    assert known.known("VIETTEL-CA_V6.DLL").brand == "Viettel-CA"
    assert known.known("bit4xpki.dll").confidence == "confirmed"
    assert known.known("gca01.dll") is None
    assert len(known.names) > 120
    assert not any(known.is_never_loaded(name + ".dll", b"") for name in known.names)
    assert set(known.folders) == {"windows", "macos", "linux"}


# --- added by hand ------------------------------------------------------------------------------


@pytest.mark.threat("G10")
def test_a_driver_is_added_with_a_word_of_the_person_and_removed_again(library: Path, tmp_path: Path):
    config = tmp_path / "config"
    assert add_driver(config, library, confirmed=False).reason == "writable"
    assert read_added(config) == ()
    assert add_driver(config, Path("viettel-ca_v6.so"), confirmed=True).reason == "missing"

    assert add_driver(config, library, confirmed=True).ok
    assert add_driver(config, library, confirmed=True).ok
    (shown, *_) = list_drivers(config)
    assert (shown.path, shown.found_by, shown.verdict.ok) == (library, "added", True)
    assert library in drivers_to_load(config)
    assert (config / added.FILE).stat().st_mode & 0o777 == 0o600

    assert remove_driver(config, library)
    assert not remove_driver(config, library)
    assert read_added(config) == ()


@pytest.mark.threat("G4")
@pytest.mark.threat("G10")
def test_a_driver_that_changed_since_the_persons_word_is_not_loaded(library: Path, tmp_path: Path):
    config = tmp_path / "config"
    add_driver(config, library, confirmed=True)
    library.write_bytes(library.read_bytes() + b"planted")
    assert list_drivers(config)[0].verdict.reason == "changed"
    assert library not in drivers_to_load(config)
    assert add_driver(config, library, confirmed=True).ok
    assert library in drivers_to_load(config)


@pytest.mark.threat("C5")
def test_a_broken_settings_file_allows_nothing(library: Path, tmp_path: Path):
    config = tmp_path / "config"
    config.mkdir()
    for text in (
        "",
        "[]",
        "{}",
        '{"drivers": 5}',
        '{"drivers": ["*"]}',
        '{"drivers": [{"path": "*", "confirmed": ""}]}',
    ):
        (config / added.FILE).write_text(text)
        assert read_added(config) == ()
    (config / added.FILE).write_text(f'{{"drivers": [{{"path": "{library}", "confirmed": ""}}]}}')
    assert list_drivers(config)[0].verdict.reason == "writable", "a path alone is no word of the person"


@pytest.mark.threat("G10")
def test_the_command_adds_lists_and_removes(library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    config = ["--config", str(tmp_path / "config")]
    assert drivers_command([*config, "--add", str(library)]) == 1
    assert "--yes" in capsys.readouterr().out
    assert drivers_command([*config, "--add", str(library), "--yes"]) == 0
    assert drivers_command(config) == 0
    assert str(library) in capsys.readouterr().out
    assert drivers_command([*config, "--remove", str(library)]) == 0
    assert drivers_command([*config, "--remove", str(library)]) == 1


@pytest.mark.threat("G10")
async def test_an_added_driver_is_used_at_the_next_start(start_agent, tokens: Tokens, owner: Identity, tmp_path: Path):
    tokens.add("gv01", owner)
    text = tmp_path / "text.so"
    text.write_text("not a library")
    assert add_driver(tmp_path / "config", tokens.shim, confirmed=True).ok
    agent = await start_agent(modules=(text,))
    async with await AgentPage.connect(agent.address, SITE) as page:
        told = await page.call(Certificates())
    assert len(told["certificates"]) == 1
    assert told["drivers"] == [{"name": "text.so", "trouble": "no_library"}]


@pytest.mark.threat("G4")
async def test_nothing_is_loaded_from_the_folder_where_the_agent_is_started(
    start_agent, tokens: Tokens, owner: Identity, library: Path, monkeypatch: pytest.MonkeyPatch
):
    tokens.add("gv01", owner)
    monkeypatch.chdir(library.parent)
    agent = await start_agent(modules=())
    for child in children(agent.pid):
        assert str(library).encode() not in command_line(child)
