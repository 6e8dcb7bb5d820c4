"""How long a page needs to find the agent, or to know that there is none: prints medians in milliseconds. By hand.

`python tests/agent/client/measure_finding.py`: a real agent on the last port of a set of four, in Debian's Chromium.
"""

from __future__ import annotations

import asyncio
import socket
import statistics
import sys
import tempfile
from pathlib import Path

from aiohttp import web
from hocba_gateway.demo.processes import Programs
from hocba_gateway.web.pages.agent_demo import add_agent_pages
from playwright.async_api import async_playwright

TIMES = 50
MEASURE = """
async ([ports, times]) => {
  const { connect } = await import("/static/agent/hocba-agent.js");
  const took = [];
  for (let n = 0; n < times; n += 1) {
    const began = performance.now();
    await connect({ ports }).then((agent) => agent.close(), () => undefined);
    took.push(performance.now() - began);
  }
  return took;
}
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


async def main() -> None:
    app = web.Application()
    add_agent_pages(app, demo=True)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site = f"http://127.0.0.1:{runner.addresses[0][1]}"
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "answers.json"
        script.write_text('{"consent": ["remember"]}')
        ports = free_ports(4)
        command = [
            sys.executable,
            "-m",
            "hocba_agent",
            "--development",
            "--windows",
            "scripted",
            "--script",
            str(script),
        ]
        command += ["--site", site, "--config", folder, "--port", str(ports[-1])]
        async with Programs(Path(folder) / "logs") as programs, async_playwright() as playwright:
            await programs.start("agent", command)
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = await browser.new_page()
            await page.goto(f"{site}/agent-demo")
            await page.evaluate(MEASURE, [ports, 1])  # the consent window, once
            for what, looked in (("found, remembered site, hello included", ports), ("known to be absent", ports[:-1])):
                took = sorted(await page.evaluate(MEASURE, [looked, TIMES]))
                middle, worst = statistics.median(took), took[-1]
                sys.stdout.write(f"{what}: median {middle:.0f} ms, worst of {TIMES} {worst:.0f} ms\n")
            await browser.close()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
