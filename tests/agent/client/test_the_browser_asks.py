"""The browser's own question, in a window on a virtual screen, answered with the mouse."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hocba_agent.server import HANDSHAKE_SECONDS
from hocba_agent.testing.running import RunningAgent
from PIL import Image, ImageGrab

TOOLBAR = 90
"""Pixels from the top to where Chromium's toolbar ends; its question hangs below."""
STILL = HANDSHAKE_SECONDS + 0.5
"""Without an answer: longer than the library waits for an agent, and the agent for a word on a connection."""


@pytest.fixture
def display() -> Iterator[str]:
    read, write = os.pipe()
    words = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x700x24", "-nolisten", "tcp"]
    with subprocess.Popen(words, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
        server.terminate()


def buttons(screen: Image.Image) -> list[tuple[int, int]]:
    """Middles of the question's buttons, left to right. They have the colour of the window's frame."""
    colour = screen.getpixel((screen.width // 2, 8))
    found = [
        (x, y) for x in range(screen.width) for y in range(TOOLBAR, screen.height) if screen.getpixel((x, y)) == colour
    ]
    columns = sorted({x for x, _ in found})
    breaks = [number for number in range(1, len(columns)) if columns[number] - columns[number - 1] > 1]
    edges = [0, *breaks, len(columns)]
    groups = [columns[start:end] for start, end in pairwise(edges)]
    middle = sum(y for _, y in found) // max(len(found), 1)
    return [(sum(group) // len(group), middle) for group in groups if len(group) > 20]


def click(display: str, which: int) -> None:
    """On one of the two buttons, which are on the screen by now."""
    places = buttons(ImageGrab.grab(xdisplay=display).convert("RGB"))
    assert len(places) == 2, places
    x, y = places[which]
    command = ["xdotool", "mousemove", str(x), str(y), "sleep", "0.6", "click", "1"]
    subprocess.run(command, env={**os.environ, "DISPLAY": display}, check=True)


@pytest.mark.threat("H10")
@pytest.mark.feature("G1")
@pytest.mark.parametrize(("button", "answer"), [(0, "denied"), (1, "granted")])
async def test_nothing_times_out_while_the_browser_asks_and_its_answer_counts(
    agent: RunningAgent, open_page, sites, display: str, ready, button: int, answer: str
):
    page = await ready(await open_page(sites.origin(), public=True, display=display))
    await page.evaluate(
        """(ports) => {
          window.heard = [];
          window.found = null;
          const onPermission = (what) => heard.push(what);
          agents.connect({ ports, onPermission }).then(() => (found = "found"), (error) => (found = error.name));
        }""",
        [agent.port],
    )
    await page.wait_for_function("heard.length === 1")
    await asyncio.sleep(STILL)
    assert await page.evaluate("[heard, found]") == [["asking"], None]
    await asyncio.to_thread(click, display, button)
    await page.wait_for_function("found")
    assert await page.evaluate("found") == ("found" if answer == "granted" else "BrowserBlocks")
    assert await page.evaluate("agents.permissionState()") == answer
    assert len(agent.asked("consent")) == (1 if answer == "granted" else 0)
