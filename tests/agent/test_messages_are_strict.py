from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hocba_agent.testing.attacker import Attacker, RawPage
from hocba_agent.testing.running import RunningAgent, items
from hocba_agent.testing.tokens import Tokens
from hocba_agent.texts import text_of
from hocba_core.agent_errors import ERRORS, ForbiddenField, VersionUnsupported
from hocba_core.agent_protocol import (
    COMMANDS,
    MAX_ITEMS,
    MAX_MESSAGE,
    NEVER_FIELDS,
    PORTS,
    TITLE_CHARS,
    Hello,
    Item,
    Open,
    Run,
    command_of,
    encode_command,
    encode_error,
    error_of,
    parse,
    request_id,
    to_base64,
)
from hocba_core.errors import BadInput, DriverFailed, OurFault, PinWrong
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

NOT_JSON = [
    "",
    "hello",
    "[]",
    "7",
    "null",
    '"text"',
    '{"a":1,"a":2}',
    '{"v":NaN}',
    '{"v":Infinity}',
    '{"v":"\\ud800"}',
    "[" * 10_000,
    '{"a":' * 10_000 + "1" + "}" * 10_000,
    '{"v":1} {"v":1}',
    " " * (MAX_MESSAGE + 1),
]


def opening(**changed: Any) -> dict[str, Any]:
    fields = {
        "v": 1,
        "id": "1",
        "do": "open",
        "certificate": "ab" * 32,
        "hash": "SHA-256",
        "title": "Ký học bạ lớp 6A",
        "items": [{"id": one, "title": title, "digest": to_base64(digest)} for one, title, digest in items(2)],
    }
    return {**fields, **changed}


def changed_item(**changed: Any) -> list[dict[str, Any]]:
    return [{**opening()["items"][0], **changed}]


def field_refused(message: dict[str, Any]) -> str:
    with pytest.raises(BadInput) as refused:
        command_of(parse(json.dumps(message)))
    return str(refused.value.facts["field"])


@pytest.mark.threat("B1")
@pytest.mark.parametrize("text", NOT_JSON, ids=range(len(NOT_JSON)))
def test_what_is_not_one_json_object_is_refused(text: str):
    with pytest.raises(BadInput) as refused:
        parse(text)
    assert refused.value.facts["field"] == "message"


@pytest.mark.threat("B1")
@pytest.mark.threat("B9")
async def test_nonsense_gets_a_named_error_and_the_agent_lives(agent: RunningAgent):
    async with RawPage(agent.address) as page:
        for text in [one for one in NOT_JSON if len(one) < MAX_MESSAGE]:
            await page.socket.send(text)
            answer = await page.hear()
            assert answer["re"] is None
            assert answer["error"]["code"] == "bad_input"
            assert "Traceback" not in json.dumps(answer)
        await page.socket.send(b"\x00binary")
        assert (await page.hear())["error"]["code"] == "bad_input"
    async with RawPage(agent.address) as page:
        assert "agent" in await page.say("hello")
    assert "Traceback" not in agent.log


@pytest.mark.threat("A15")
async def test_a_message_over_the_limit_ends_its_connection_only(agent: RunningAgent):
    async with RawPage(agent.address) as page, RawPage(agent.address) as other:
        await page.socket.send("x" * 2 * 1024 * 1024)
        with pytest.raises(ConnectionClosed) as closed:
            await page.hear()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
        assert "agent" in await other.say("hello")
    assert len(agent.log) < 20_000


async def test_who_writes_nothing_but_nonsense_is_sent_away(agent: RunningAgent):
    async with RawPage(agent.address) as page:
        with pytest.raises(ConnectionClosed):
            for _ in range(50):
                await page.socket.send("{}")
                await page.hear()


@pytest.mark.threat("B2")
def test_an_unknown_a_missing_and_a_wrong_field_are_named():
    assert field_refused(opening(extra=1)) == "extra"
    assert field_refused({key: value for key, value in opening().items() if key != "title"}) == "title"
    assert field_refused(opening(v="1")) == "v"
    assert field_refused(opening(v=True)) == "v"
    assert field_refused(opening(do="sign")) == "do"
    assert field_refused(opening(do=["open"])) == "do"
    assert field_refused(opening(certificate="AB" * 32)) == "certificate"
    assert field_refused(opening(title="")) == "title"
    assert field_refused(opening(title="x" * (TITLE_CHARS + 1))) == "title"
    assert field_refused(opening(items={})) == "items"
    assert field_refused(opening(items=[])) == "items"
    assert field_refused(opening(items=changed_item() * (MAX_ITEMS + 1))) == "items"
    assert field_refused(opening(items=["i1"])) == "items[0]"
    assert field_refused(opening(items=changed_item(more=1))) == "items[0].more"
    assert field_refused(opening(items=changed_item(id="a b"))) == "items[0].id"
    assert field_refused(opening(items=changed_item(title=7))) == "items[0].title"
    assert field_refused({"v": 1, "id": "1", "do": "run", "job": 7}) == "job"
    for name in COMMANDS:
        assert field_refused({"v": 1, "id": "1", "do": name, "surplus": None}) == "surplus"


UNSAFE = (
    "register_driver",
    "drivers",
    "settings",
    "history",
    "consents",
    "revoke",
    "file",
    "clipboard",
    "quit",
    "update",
)


@pytest.mark.threat("B12")
async def test_what_only_the_person_may_do_no_page_can_ask_for(agent: RunningAgent, attacker: Attacker, tokens: Tokens):
    assert len(COMMANDS) == 7
    before = {file.name for file in agent.config.iterdir()}
    async with RawPage(agent.address) as page:
        await page.say("hello")
        for name in UNSAFE:
            refused = await page.say(name)
            assert (refused["code"], refused["facts"]["field"]) == ("bad_input", "do")
    for name in ("", "health/..", *UNSAFE):
        assert (await attacker.knock(attacker.headers(), path=f"/{name}")).status == 404
    assert {file.name for file in agent.config.iterdir()} == before
    assert [one["kind"] for one in agent.asked()] == ["consent"]
    assert not tokens.calls("login")


@pytest.mark.threat("E13")
def test_one_digest_under_two_titles_is_refused():
    first = opening()["items"][0]
    assert field_refused(opening(items=[first, {**first, "id": "i2", "title": "6A 02"}])) == "items.digest"
    assert field_refused(opening(items=[first, {**opening()["items"][1], "id": "i1"}])) == "items.id"


@pytest.mark.threat("B3")
@pytest.mark.parametrize("name", sorted(NEVER_FIELDS))
def test_fields_of_unsafe_agents_are_forbidden_everywhere(name: str):
    for message in (
        opening(**{name: "x"}),
        opening(**{name.upper(): "x"}),
        opening(items=changed_item(**{name: "x"})),
        {"v": 1, "id": "1", "do": "run", "job": "j", name: "x"},
    ):
        with pytest.raises(ForbiddenField):
            command_of(parse(json.dumps(message)))


@pytest.mark.threat("B3")
@pytest.mark.feature("T10")
async def test_a_page_that_sends_a_pin_is_told_so_and_its_connection_closed(agent: RunningAgent, tokens: Tokens):
    async with RawPage(agent.address) as page:
        refused = await page.say("hello", pin="7391")
        assert (refused["code"], refused["facts"]) == ("forbidden_field", {"field": "pin"})
        with pytest.raises(ConnectionClosed):
            await page.hear()
    assert "7391" not in agent.log
    assert not agent.asked()
    assert not tokens.calls("login")


@pytest.mark.threat("B4")
@pytest.mark.threat("E5")
@pytest.mark.parametrize("length", [0, 16, 20, 31, 33, 51, 64, 256])
def test_only_the_digest_of_the_named_hash_is_signed_by_its_length(length: int):
    assert field_refused(opening(items=changed_item(digest=to_base64(bytes(length))))) == "items[0].digest"


@pytest.mark.threat("B4")
@pytest.mark.parametrize("name", ["MD5", "SHA-1", "SHA1", "SHA-512", "sha-256", "", None, 256])
def test_no_other_hash_is_known(name: object):
    assert field_refused(opening(hash=name)) == "hash"


@pytest.mark.threat("B4")
@pytest.mark.parametrize("text", ["", "not base64!", "AAAA\n", 7, None, "é" * 44])
def test_a_digest_is_base64(text: object):
    assert field_refused(opening(items=changed_item(digest=text))) == "items[0].digest"


@pytest.mark.threat("E5")
@pytest.mark.threat("B4")
async def test_a_digest_info_sent_as_a_digest_opens_no_window(agent: RunningAgent, tokens: Tokens):
    padded = changed_item(digest=to_base64(bytes.fromhex("3031300d060960864801650304020105000420") + bytes(32)))
    async with RawPage(agent.address) as page:
        await page.say("hello")
        certificate = (await page.say("certificates"))["certificates"][0]["fingerprint"]
        refused = await page.say("open", certificate=certificate, hash="SHA-256", title="Ký", items=padded)
        assert refused["facts"]["field"] == "items[0].digest"
    assert not agent.asked("pin")
    assert not tokens.calls("sign")


@pytest.mark.threat("B5")
async def test_an_id_in_flight_is_not_taken_twice(agent: RunningAgent):
    agent.answers(consent=[False])
    async with RawPage(agent.address) as page:
        hello = json.dumps({"v": 1, "id": "same", "do": "hello"})
        await page.socket.send(hello)
        await page.socket.send(hello)
        answer = await page.hear()
        assert (answer["re"], answer["error"]["facts"]["field"]) == (None, "id")


@pytest.mark.threat("B6")
async def test_nothing_is_done_for_a_page_that_is_not_approved(agent: RunningAgent, tokens: Tokens):
    async with RawPage(agent.address) as page:
        for do, fields in (("certificates", {}), ("watch", {}), ("run", {"job": "j"}), ("cancel", {"job": "j"})):
            assert (await page.say(do, **fields))["code"] == "not_approved"
        declared = {key: value for key, value in opening().items() if key not in ("v", "id", "do")}
        assert (await page.say("open", **declared))["code"] == "not_approved"
    assert not agent.asked()


@pytest.mark.threat("B10")
def test_another_version_is_answered_with_both():
    with pytest.raises(VersionUnsupported) as refused:
        command_of({"v": 2, "id": "1", "do": "hello", "new_field": 1})
    assert refused.value.facts == {"asked": 2, "oldest": 1, "newest": 1}


@pytest.mark.threat("B11")
@pytest.mark.parametrize("text", ["'; rm -rf /", "$(id)", "../../etc/passwd", "a" * 65, "", "\n", 1, None])
def test_an_id_is_a_short_plain_word(text: object):
    with pytest.raises(BadInput):
        request_id({"id": text})
    assert field_refused({"v": 1, "id": "1", "do": "run", "job": text}) == "job"
    assert field_refused(opening(certificate=text)) == "certificate"


@given(st.lists(st.tuples(st.text(min_size=1, max_size=TITLE_CHARS), st.binary(min_size=32, max_size=32)), min_size=1))
def test_a_declared_job_arrives_as_it_was_sent(declared: list[tuple[str, bytes]]):
    told = {digest: title for title, digest in declared if title.strip()}
    if not told:
        return
    made = tuple(Item(f"i{n}", title, digest) for n, (digest, title) in enumerate(told.items()))
    command = Open("0a" * 32, "Ký", made)
    try:
        text = encode_command("7", command)
        text.encode()
    except UnicodeEncodeError:
        return  # a lone surrogate cannot be sent at all
    message = parse(text)
    assert (request_id(message), command_of(message)) == ("7", command)


def test_commands_and_errors_arrive_as_they_were_sent():
    for command in (Hello(), Run("j1")):
        assert command_of(parse(encode_command("1", command))) == command
    told = parse(encode_error("1", PinWrong(tries_left="last", driver=object()), "Sai mã PIN"))
    back = error_of(told["error"])
    assert isinstance(back, PinWrong)
    assert back.facts == {"tries_left": "last", "text": "Sai mã PIN"}
    assert error_of({"code": "from_the_future"}).code == "our_fault"
    for code, kind in ERRORS.items():
        assert kind.code == code


def test_every_error_has_words_for_a_person():
    nothing_special = text_of(OurFault())
    for kind in ERRORS.values():
        assert kind is OurFault or text_of(kind()) != nothing_special, kind.code
    assert "MỘT lần thử" in text_of(PinWrong(tries_left="last"))
    assert text_of(DriverFailed(module="x.so", what="missing")).startswith("Không thấy tệp trình điều khiển x.so")


def test_the_ports_are_a_small_set_far_apart_and_below_what_systems_hand_out():
    assert len(PORTS) == 4
    assert all(1024 < port < 32768 for port in PORTS)
    assert all(later - earlier >= 1000 for earlier, later in pairwise(PORTS))
