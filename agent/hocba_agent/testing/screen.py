"""A screen of the test's own (Xvfb), a person's hands on it (xdotool), and eyes that find things by their colour."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import Image, ImageGrab
from Xlib import X, error
from Xlib.display import Display
from Xlib.protocol import event


class Screen:
    def __init__(self, display: str) -> None:
        self.display = display
        self.environment = {"DISPLAY": display}
        self._server = Display(display)

    def close(self) -> None:
        self._server.close()

    def do(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=20
        )
        return done.stdout

    def key(self, *names: str) -> None:
        self.do("key", "--delay", "60", *names)

    def type(self, text: str) -> None:
        self.do("type", "--delay", "40", text)

    def click(self, at: tuple[int, int]) -> None:
        self.do("mousemove", str(at[0]), str(at[1]), "click", "1")

    def rest(self) -> None:
        """The pointer out of the way."""
        self.do("mousemove", "4", "760")

    def windows(self, title: str) -> list[Any]:
        """Those that are seen, by their whole title."""
        seen = []
        for window in self._server.screen().root.query_tree().children:
            with suppress(error.BadWindow):
                named = window.get_full_property(self._server.intern_atom("_NET_WM_NAME"), X.AnyPropertyType)
                if window.get_attributes().map_state == X.IsViewable and named is not None:
                    seen += [window] if named.value.decode() == title else []
        return seen

    def place(self, title: str) -> tuple[int, int, int, int]:
        """Left, top, width, height."""
        told = self.windows(title)[0].get_geometry()
        return told.x, told.y, told.width, told.height

    def quit(self, title: str) -> None:
        """The cross in its corner."""
        protocols, delete = (self._server.intern_atom(name) for name in ("WM_PROTOCOLS", "WM_DELETE_WINDOW"))
        for window in self.windows(title):
            data = (32, [delete, X.CurrentTime, 0, 0, 0])
            window.send_event(event.ClientMessage(window=window, client_type=protocols, data=data))
        self._server.sync()

    def picture(self) -> Image.Image:
        return ImageGrab.grab(xdisplay=self.display).convert("RGB")

    def find(self, colour: str, wide_enough: int = 60) -> tuple[int, int] | None:
        """A place on the lowest box of that colour that is as wide as a button: its lower edge is seen, a little above
        is clicked."""
        image = self.picture()
        red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
        wide, high = image.size
        data = image.load()
        assert data is not None
        for y in range(high - 1, 0, -1):
            x = 0
            while x < wide - wide_enough:
                if data[x, y] != (red, green, blue):
                    x += 20
                    continue
                left = x
                while left > 0 and data[left - 1, y] == (red, green, blue):
                    left -= 1
                right = x
                while right < wide - 1 and data[right + 1, y] == (red, green, blue):
                    right += 1
                if right - left >= wide_enough:
                    return (left + right) // 2, y - 6
                x = right + 20
        return None

    def wait(self, title: str, seconds: float = 15.0) -> float:
        """Until a window of that title is seen; returns when, by time.monotonic."""
        return wait_for(lambda: bool(self.windows(title)), seconds)

    async def wait_async(self, title: str, seconds: float = 15.0) -> float:
        return await asyncio.to_thread(self.wait, title, seconds)


def wait_for(true: Callable[[], object], seconds: float = 15.0) -> float:
    """Raises TimeoutError."""
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            raise TimeoutError
        time.sleep(0.03)
    return time.monotonic()


@contextmanager
def xvfb(size: str = "1366x768x24", dots: int = 96) -> Iterator[Screen]:
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-dpi", str(dots), "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading, "rb") as numbers:
                screen = Screen(f":{int(numbers.readline())}")
            with closing(screen):
                yield screen
        finally:
            server.terminate()


def keep(screen: Screen, name: str) -> None:
    """For people who want to look: HOCBA_SCREENSHOTS names a folder."""
    folder = os.environ.get("HOCBA_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        screen.picture().save(Path(folder) / f"{name}.png")
