"""Finding: who is found, and each absence told apart from the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hocba_agent.testing.running import RunningAgent
from hocba_agent.testing.tokens import Tokens
from hocba_core.agent_protocol import VERSION


async def missed(page: Any, *ports: int) -> Mapping[str, Any]:
    """Why there is no agent, as the page hears it."""
    error = await page.evaluate("ports => caught(agents.connect({ ports }))", list(ports))
    assert error is not None, "found"
    return dict(error)


def nothing_happened(agent: RunningAgent, tokens: Tokens) -> bool:
    return agent.asked() == [] and tokens.calls("login") == [] and tokens.calls("sign") == []


@pytest.mark.feature("G1")
@pytest.mark.feature("G9")
async def test_a_page_of_an_allowed_site_finds_the_agent(page, agent: RunningAgent, mute_port: int, taken_port: int):
    found = await page.evaluate(
        """async (ports) => {
          const agent = await agents.connect({ ports });
          const [one] = await agent.certificates();
          const dated = one.ends > one.starts;
          return [agent.port, agent.remembered, one.owner, one.issuer.startsWith("Token"), one.usable, dated];
        }""",
        [mute_port, taken_port, agent.port],
    )
    assert found == [agent.port, False, "Nguyễn Thị Ánh", True, True, True]


@pytest.mark.threat("H12")
@pytest.mark.feature("G1")
async def test_no_agent_is_known_soon_and_without_asking_again(page, unused_tcp_port: int):
    error = await missed(page, unused_tcp_port)
    assert (error["name"], error["code"]) == ("AgentNotInstalled", "agent_missing")
    assert "Hãy cài hoặc mở chương trình ký" in error["message"]


@pytest.mark.threat("A1")
@pytest.mark.feature("G1")
async def test_a_stranger_site_is_told_that_it_is_not_known(agent, open_page, tokens, sites, ready):
    for origin in (sites.origin("evil.example"), sites.origin(scheme="http"), f"http://127.0.0.1:{sites.http}"):
        page = await ready(await open_page(origin))
        error = await missed(page, agent.port)
        assert (error["name"], error["facts"]["site"]) == ("SiteRefused", origin)
        assert (
            await page.evaluate(
                "port => new Promise((done) => { const socket = new WebSocket(`ws://127.0.0.1:${port}/hocba`);"
                " socket.onopen = () => done(true); socket.onclose = () => done(false); })",
                agent.port,
            )
            is False
        )
    assert nothing_happened(agent, tokens)


@pytest.mark.threat("A3")
async def test_a_frame_without_an_origin_does_not_come_in(agent, open_page, tokens, sites, ready):
    frame = '<iframe sandbox="allow-scripts" src="/"></iframe>'
    sites.pages["/top"] = (frame, {})
    page = await open_page(sites.origin() + "/top")
    inner = await ready(page.frames[1])
    assert await inner.evaluate("origin") == "null"
    error = await missed(inner, agent.port)
    assert (error["name"], error["facts"]["site"]) == ("SiteRefused", "null")
    assert nothing_happened(agent, tokens)


@pytest.mark.threat("A9")
@pytest.mark.threat("A10")
async def test_what_a_page_can_send_without_asking_does_nothing(agent, open_page, tokens, sites):
    """Images, scripts, forms and fetches that need no permission, on every route, from a stranger and from the site."""
    command = '{"v":1,"id":"1","do":"hello","x":"'
    routes = [f"http://127.0.0.1:{agent.port}{path}" for path in ("/", "/health", "/hocba", "/hocba?do=hello")]
    parts = []
    for number, route in enumerate(routes):
        parts.append(f'<img src="{route}"><script src="{route}"></script><link rel="stylesheet" href="{route}">')
        parts.append(
            f'<iframe name="f{number}"></iframe><form method="post" enctype="text/plain" target="f{number}"'
            f" action=\"{route}\"><input name='{command}' value='\"}}'></form>"
        )
    sites.pages["/attack"] = ("".join(parts), {})
    for origin in (sites.origin("evil.example"), sites.origin()):
        page = await open_page(origin + "/attack")
        answers = await page.evaluate(
            """async (routes) => {
              const frames = [...document.forms].map((form) => new Promise((done) => {
                document.getElementsByName(form.target)[0].onload = () => done();
              }));
              for (const form of document.forms) form.submit();
              await Promise.all(frames);
              const body = '{"v":1,"id":"1","do":"hello"}';
              const ways = [{}, { method: "HEAD" }, { method: "POST", body }];
              const tried = (route, how) =>
                fetch(route, { ...how, mode: "no-cors" }).then((answer) => answer.type, () => "refused");
              return Promise.all(routes.flatMap((route) => ways.map((how) => tried(route, how))));
            }""",
            routes,
        )
        assert set(answers) <= {"opaque", "refused"}
    assert nothing_happened(agent, tokens)
    assert "closed: " not in agent.log


@pytest.mark.threat("H10")
@pytest.mark.feature("G1")
async def test_what_the_browser_blocks_is_not_called_absent(agent, open_page, tokens, sites, ready):
    """A headless browser answers its own question with Block."""
    page = await ready(await open_page(sites.origin(), public=True))
    assert await page.evaluate("agents.permissionState()") == "prompt"
    for _ in range(2):
        error = await missed(page, agent.port)
        assert (error["name"], error["facts"]) == ("BrowserBlocks", {"why": "denied"})
    assert await page.evaluate("agents.permissionState()") == "denied"
    assert nothing_happened(agent, tokens)


@pytest.mark.threat("H10")
async def test_once_the_browser_allows_an_absent_agent_is_called_absent(open_page, sites, unused_tcp_port: int, ready):
    page = await ready(await open_page(sites.origin(), public=True, granted=True))
    assert (await missed(page, unused_tcp_port))["name"] == "AgentNotInstalled"


@pytest.mark.threat("H10")
async def test_a_page_of_the_internet_comes_in_once_the_person_allows(agent, open_page, sites, ready):
    page = await ready(await open_page(sites.origin(), public=True, granted=True))
    state = await page.evaluate(
        """async (ports) => {
          const asked = await agents.requestPermission({ ports });
          const agent = await agents.connect({ ports });
          return [asked, agent.port, (await agent.certificates()).length];
        }""",
        [agent.port],
    )
    assert state == ["granted", agent.port, 1]


@pytest.mark.threat("H10")
async def test_a_page_without_tls_is_told_to_use_it(agent, open_page, sites, ready):
    page = await ready(await open_page(sites.origin(scheme="http"), public=True))
    error = await missed(page, agent.port)
    assert (error["name"], error["facts"]) == ("BrowserBlocks", {"why": "insecure"})


@pytest.mark.threat("H11")
async def test_a_frame_learns_which_attribute_it_lacks(agent, open_page, tokens, sites, ready):
    sites.pages["/top"] = (f'<iframe src="{sites.origin()}"></iframe>', {})
    page = await open_page(sites.origin("portal.example") + "/top", public=True)
    error = await missed(await ready(page.frames[1]), agent.port)
    assert (error["name"], error["facts"]) == ("BrowserBlocks", {"why": "frame", "attribute": "loopback-network"})
    assert 'allow="loopback-network"' in error["message"]
    assert nothing_happened(agent, tokens)


@pytest.mark.threat("H11")
@pytest.mark.threat("C9")
async def test_the_window_names_the_frame_that_asks_not_the_page_around_it(agent, open_page, sites, ready):
    sites.pages["/top"] = (f'<iframe allow="loopback-network" src="{sites.origin()}"></iframe>', {})
    page = await open_page(sites.origin("portal.example") + "/top", public=True, granted=True)
    inner = await ready(page.frames[1])
    assert await inner.evaluate("async (ports) => (await agents.connect({ ports })).port", [agent.port]) == agent.port
    assert [question["site"] for question in agent.asked("consent")] == [sites.origin()]


async def test_a_page_whose_own_policy_stops_it_is_told_so(agent, open_page, sites, ready):
    policy = "default-src 'self'; connect-src 'self'"
    html = '<script type="module" src="/test.js"></script>'
    sites.pages["/strict"] = (html, {"Content-Security-Policy": policy})
    page = await ready(await open_page(sites.origin() + "/strict"))
    error = await missed(page, agent.port)
    assert (error["name"], error["facts"]) == ("BrowserBlocks", {"why": "csp"})


@pytest.mark.feature("G1")
async def test_a_person_who_says_no_is_neither_absent_nor_blocked(page, start_agent, tokens, owner, sites):
    tokens.add("gv01", owner)
    agent = await start_agent(sites=[sites.origin()], consent=["no"])
    error = await missed(page, agent.port)
    assert (error["name"], error["code"], error["again"]) == ("UserRefused", "consent_refused", "person")
    assert error["message"] == "Bạn đã không cho phép trang web này dùng chương trình ký."


async def test_a_window_that_is_open_makes_others_wait_in_words(page, start_agent, tokens, owner, sites):
    tokens.add("gv01", owner)
    agent = await start_agent(sites=[sites.origin()], consent=[False])
    error = await page.evaluate(
        """async (ports) => {
          const leave = new AbortController();
          const first = caught(agents.connect({ ports, signal: leave.signal }));
          let error = null;
          while (error?.name !== "AgentBusy") {
            const stop = AbortSignal.timeout(1000);
            error = await caught(agents.connect({ ports, signal: stop }));
          }
          leave.abort();
          return [error, (await first).name];
        }""",
        [agent.port],
    )
    assert error[0]["facts"] == {"with": "window"}
    assert error[1] == "AbortError"


@pytest.mark.threat("A13")
async def test_an_agent_that_is_full_is_not_called_absent(page, agent: RunningAgent):
    error = await page.evaluate(
        """async (ports) => {
          for (let n = 0; n < 8; n += 1) await agents.connect({ ports });
          return caught(agents.connect({ ports }));
        }""",
        [agent.port],
    )
    assert (error["name"], error["facts"]) == ("AgentRefuses", {"port": agent.port})


@pytest.mark.threat("A16")
async def test_another_program_on_the_first_port_is_passed_by(page, agent, imitate, mute_port: int):
    for health in (None, "something else", {"agent": "other", "protocol": 1}, {"agent": "hocba"}):
        squatter = await imitate(health)
        ports = [squatter.port, mute_port, agent.port]
        assert await page.evaluate("async (ports) => (await agents.connect({ ports })).port", ports) == agent.port
        assert squatter.heard == []


@pytest.mark.threat("A17")
async def test_an_impostor_that_talks_nonsense_is_passed_by(page, agent, imitate):
    for answer in (
        "<script>parent.pwned = true</script>",
        '{"v": 1, "re": null',
        "[]",
        {"re": "p1", "ok": True, "result": "pwned"},
        {"re": "p1", "ok": True},
        {"v": 2, "re": "p1", "ok": True, "result": {}},
    ):
        squatter = await imitate({"agent": "hocba", "protocol": VERSION}, lambda _, answer=answer: answer)
        assert (await missed(page, squatter.port))["name"] == "AgentNonsense"
        port = await page.evaluate(
            "async (ports) => { const agent = await agents.connect({ ports }); agent.close(); return agent.port; }",
            [squatter.port, agent.port],
        )
        assert port == agent.port


@pytest.mark.threat("B10")
async def test_versions_that_do_not_meet_are_both_named(page, imitate):
    for oldest, newest, name in ((0, 0, "AgentTooOld"), (2, 2, "AgentTooNew"), (2, 3, "AgentTooNew")):
        other = await imitate({"agent": "hocba", "protocol": newest, "oldest": oldest})
        error = await missed(page, other.port)
        facts = {"asked": VERSION, "oldest": oldest, "newest": newest}
        assert (error["name"], error["code"], error["facts"]) == (name, "version_unsupported", facts)


@pytest.mark.threat("B10")
async def test_versions_that_the_agent_refuses_are_told_apart_too(page, imitate):
    for version, name in ((0, "AgentTooOld"), (5, "AgentTooNew")):
        facts = {"asked": VERSION, "oldest": version, "newest": version}
        error = {"code": "version_unsupported", "again": "person", "text": "…", "facts": facts}
        other = await imitate(
            {"agent": "hocba", "protocol": VERSION},
            lambda said, error=error: {"re": said["id"], "ok": False, "error": error},
        )
        assert (await missed(page, other.port))["name"] == name
