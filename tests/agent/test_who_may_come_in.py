from __future__ import annotations

import asyncio
import os
import socket
import sys

import pytest
from hocba_agent.handshake import IN_ALL, PER_SITE
from hocba_agent.neighbours import rows_of
from hocba_agent.sites import allowed_sites, checked_origin
from hocba_agent.testing.attacker import Attacker, RawPage
from hocba_agent.testing.running import SITE, RunningAgent
from hocba_agent.testing.tokens import Tokens
from hocba_core.agent_errors import SiteRefused
from hocba_core.agent_protocol import HEALTH_PATH
from hocba_core.errors import SettingWrong
from hocba_gateway.demo.agent_page import AgentPage
from websockets.exceptions import InvalidStatus

STRANGERS = [
    pytest.param("https://evil.example", marks=pytest.mark.threat("A1")),
    pytest.param(None, marks=pytest.mark.threat("A2")),
    pytest.param("null", marks=pytest.mark.threat("A3")),
    *(
        pytest.param(origin, marks=pytest.mark.threat("A4"))
        for origin in (
            "http://hb.example",
            "https://hb.example.evil.test",
            "https://evilhb.example",
            "https://hb.example:8443",
            "https://hb.example:443",
            "https://HB.EXAMPLE",
            "https://hb.example.",
            "https://hb.example/",
            "https://user@hb.example",
            "https://hb-example",
            "*",
            "",
        )
    ),
]


def nothing_happened(agent: RunningAgent, tokens: Tokens) -> bool:
    return not agent.asked() and not tokens.calls("login") and not tokens.calls("sign")


async def test_a_page_of_an_allowed_site_comes_in(attacker: Attacker):
    assert (await attacker.knock(attacker.headers())).status == 101


@pytest.mark.parametrize("origin", STRANGERS)
async def test_a_stranger_is_refused_before_the_upgrade(
    origin: str | None, attacker: Attacker, agent: RunningAgent, tokens: Tokens
):
    answer = await attacker.knock(attacker.headers(Origin=origin))

    assert answer.status == 403
    assert "access-control" not in answer.head
    assert agent.log.count("refused: origin") == 1
    assert nothing_happened(agent, tokens)


@pytest.mark.threat("H1")
async def test_a_refused_origin_makes_one_escaped_line_in_the_log(attacker: Attacker, agent: RunningAgent):
    await attacker.knock(attacker.headers(Origin="https://x\u202e\xff" + "y" * 5000))

    (line,) = [line for line in agent.log.splitlines() if "refused" in line]
    assert line.isascii()
    assert len(line) < 250


@pytest.mark.threat("A5")
@pytest.mark.parametrize("host", ["evil.test", "evil.test:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil:{port}"])
async def test_a_foreign_host_is_refused_though_the_origin_is_good(
    host: str, attacker: Attacker, agent: RunningAgent, tokens: Tokens
):
    answer = await attacker.knock(attacker.headers(Host=host.format(port=attacker.port)))

    assert answer.status == 421
    assert nothing_happened(agent, tokens)


@pytest.mark.threat("A6")
@pytest.mark.parametrize("path", [HEALTH_PATH, "/hocba"])
async def test_host_is_checked_on_every_route_and_must_be_there_once(path: str, attacker: Attacker):
    good = f"127.0.0.1:{attacker.port}"
    for hosts in ([], ["evil.test"], [good, "evil.test"], [good, good]):
        answer = await attacker.knock([("Host", host) for host in hosts], path=path)
        assert answer.status == 421
        assert "hocba" not in answer.body


@pytest.mark.threat("A7")
async def test_two_origins_are_refused(attacker: Attacker):
    doubled = [*attacker.headers(), ("Origin", "https://evil.example")]
    assert (await attacker.knock(doubled)).status == 400
    assert (await attacker.knock(attacker.headers(Origin=f"{SITE}, https://evil.example"))).status == 400


@pytest.mark.threat("A8")
async def test_nothing_listens_beyond_loopback(agent: RunningAgent):
    for address in ("127.0.0.2", socket.gethostbyname(socket.gethostname())):
        if address == "127.0.0.1":
            continue
        with pytest.raises(OSError):
            await asyncio.open_connection(address, agent.port)


@pytest.mark.threat("A9")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "HEAD"])
async def test_only_get_is_known(method: str, attacker: Attacker, agent: RunningAgent, tokens: Tokens):
    for path in ("/", "/hocba", HEALTH_PATH):
        answer = await attacker.knock(attacker.headers(), method=method, path=path)
        assert answer.status == 405
        assert "access-control" not in answer.head
    assert nothing_happened(agent, tokens)


@pytest.mark.threat("A9")
async def test_a_form_that_carries_a_command_is_not_executed(attacker: Attacker, agent: RunningAgent, tokens: Tokens):
    body = b'{"v":1,"id":"1","do":"hello"}'
    headers = [*attacker.headers(), ("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]

    answer = await attacker.knock(headers, method="POST", body=body)

    assert answer.status in (0, 400, 405)
    assert nothing_happened(agent, tokens)


@pytest.mark.threat("A11")
@pytest.mark.threat("A12")
@pytest.mark.feature("G1")
async def test_health_says_that_an_agent_is_here_and_nothing_else(attacker: Attacker):
    host = ("Host", f"127.0.0.1:{attacker.port}")

    site = await attacker.knock([host, ("Origin", SITE)], path=HEALTH_PATH)
    stranger = await attacker.knock([host, ("Origin", "https://evil.example")], path=HEALTH_PATH)

    assert site.body == stranger.body == '{"agent": "hocba", "protocol": 1}'
    assert f"access-control-allow-origin: {SITE}\r\n" in site.head
    assert "vary: origin" in site.head
    assert "credentials" not in site.head
    assert "access-control" not in stranger.head
    assert "server:" not in stranger.head


@pytest.mark.threat("A13")
async def test_connections_are_limited_and_others_go_on(agent: RunningAgent, attacker: Attacker):
    async with RawPage(agent.address) as page:
        await page.say("hello")
        others = [RawPage(agent.address) for _ in range(PER_SITE - 1)]
        for other in others:
            await other.__aenter__()
        assert (await attacker.knock(attacker.headers())).status == 503
        assert (await page.say("certificates"))["certificates"]
        for other in others:
            await other.__aexit__()
    assert (await attacker.knock(attacker.headers())).status == 101


@pytest.mark.threat("A13")
async def test_sites_together_are_limited_too(start_agent):
    sites = [f"https://s{number}.example" for number in range(IN_ALL // PER_SITE + 1)]
    agent = await start_agent(modules=(), sites=sites)
    pages = [RawPage(agent.address, site) for site in sites[:-1] for _ in range(PER_SITE)]
    for page in pages:
        await page.__aenter__()

    with pytest.raises(InvalidStatus) as refused:
        await RawPage(agent.address, sites[-1]).__aenter__()

    assert refused.value.response.status_code == 503
    for page in pages:
        await page.__aexit__()


@pytest.mark.threat("A14")
async def test_half_a_request_is_closed_in_time_and_others_are_served(attacker: Attacker):
    slow = [await asyncio.open_connection("127.0.0.1", attacker.port) for _ in range(100)]
    for _, writer in slow:
        writer.write(b"GET /hocba HT")
    assert (await attacker.knock(attacker.headers())).status == 101

    async with asyncio.timeout(8):
        for reader, writer in slow:
            await reader.read()
            writer.close()


@pytest.mark.threat("A19")
def test_the_table_of_connections_tells_whose_a_program_is():
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    row = "   0: 0100007F:C001 0100007F:3995 01 00000000:00000000 00:00000000 00000000  1042        0 1 1\n"
    mapped = row.replace("0100007F", "0000000000000000FFFF00000100007F")

    for table in (head + row, head + mapped):
        (found,) = rows_of(table)
        assert (found.user, found.inode) == (1042, "1")
        assert found.joins(("127.0.0.1", 0xC001), ("127.0.0.1", 0x3995))
        assert not found.joins(("127.0.0.1", 0xC002), ("127.0.0.1", 0x3995))


@pytest.mark.threat("A19")
async def test_another_user_of_this_pc_is_refused(agent: RunningAgent, attacker: Attacker):
    """The same request, from a process of another user where this one may become another."""
    other = 65534 if os.geteuid() == 0 else os.geteuid()
    request = "\\r\\n".join(["GET /hocba HTTP/1.1", *(f"{n}: {v}" for n, v in attacker.headers()), "", ""])
    code = (
        f"import os, socket; 'loaded while it may be read'.encode('idna'); os.setuid({other});"
        f"s = socket.create_connection(('127.0.0.1', {attacker.port}));"
        f"s.sendall(b'{request}'); print(s.recv(12).decode())"
    )
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()

    assert said.split()[1] == (b"403" if other != os.geteuid() else b"101")


async def test_a_site_that_is_not_known_is_told_apart_from_no_agent(agent: RunningAgent):
    with pytest.raises(SiteRefused):
        await AgentPage.connect(agent.address, "https://evil.example")


@pytest.mark.threat("C5")
def test_a_broken_line_of_the_site_file_never_means_everybody(tmp_path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "sites.txt").write_text(
        "# sites\n*\nhttps://*\nhttps://ok.example\nhttps://ok.example/path\nhttp://far.example\n\x00\n",
        encoding="utf-8",
    )

    assert allowed_sites(["http://127.0.0.1:8080"], tmp_path) == {"https://ok.example", "http://127.0.0.1:8080"}
    assert len(caplog.records) == 5


@pytest.mark.parametrize("text", ["*", "null", "", "hb.example", "https://hb.example:99999", "https://hb.example:443"])
def test_what_is_no_origin_is_refused_as_a_setting(text: str):
    with pytest.raises(SettingWrong):
        checked_origin(text)
