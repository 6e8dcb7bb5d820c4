"""All that differs between operating systems, but for three files that ask about one thing each: surroundings.py,
neighbours.py, workstation.py.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

LOOPBACK = "127.0.0.1"
PACKED_STRUCTURES = sys.platform == "win32"
"""PKCS#11 drivers lay out their structures without gaps there; elsewhere as the C compiler does."""


def child_command(role: str, *arguments: str) -> list[str]:
    """Starts this program again in another role, from source and from a frozen executable.

    Isolated (-I): neither the current folder nor the user's environment can put a module in its way.
    """
    start = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-I", "-m", "hocba_agent"]
    return [*start, "child", role, *arguments]


def listen(port: int) -> socket.socket:
    """A listening socket on IPv4 loopback. Raises OSError when the port is taken. 0: any free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # without it any program could sit on the same port beside us
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # TIME_WAIT of an earlier run
        listener.bind((LOOPBACK, port))
        listener.listen(64)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def on_stop(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """Calls `stop` in the loop at SIGTERM and Ctrl-C."""
    for wanted in (signal.SIGTERM, signal.SIGINT):
        if sys.platform == "win32":
            signal.signal(wanted, lambda *_: loop.call_soon_threadsafe(stop))
        else:
            loop.add_signal_handler(wanted, stop)


def ignore_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; the agent decides when its children end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def config_folder() -> Path:
    """Where this user's choices are kept."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "Hocba" / "agent"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Hocba" / "agent"
    return Path(os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config"))) / "hocba-agent"


def terminal() -> tuple[str, str]:
    """Names to open for reading from and writing to the person's terminal, whatever standard input is."""
    return ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")


def before_loading(module: Path) -> None:
    """Lets a driver find the libraries that lie beside it; Windows looks there only when told."""
    if sys.platform == "win32":
        os.add_dll_directory(str(module.parent))


def has_screen() -> bool:
    """Can windows be opened here?"""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def before_windows() -> None:
    """Once in a process, before its first window. Windows would stretch and blur the windows of programs that do not
    say that they know about large screens."""
    if sys.platform == "win32":
        ctypes.windll.shcore.SetProcessDpiAwareness(1)


def screen_scale() -> float:
    """How much larger than at 96 dots per inch the person wants things; 0: the toolkit knows."""
    if sys.platform in ("win32", "darwin") or shutil.which("xrdb") is None:
        return 0.0
    asked = subprocess.run(["xrdb", "-query"], capture_output=True, text=True, timeout=2, check=False)
    for line in asked.stdout.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "Xft.dpi" and value.strip().isdecimal():
            return min(4.0, max(1.0, int(value) / 96))
    return 0.0


def held_keys(names: Iterable[str]) -> list[str]:
    """Which of these keys (X11's names) are down now. Empty where it shows otherwise: X11 repeats tell."""
    if sys.platform == "win32":
        codes = {"Return": 0x0D, "KP_Enter": 0x0D, "space": 0x20, "Escape": 0x1B}
        return [name for name in names if ctypes.windll.user32.GetAsyncKeyState(codes[name]) & 0x8000]
    return []


LIBRARY_FORMAT = {"win32": "pe", "darwin": "macho"}.get(sys.platform, "elf")
"""Of the shared libraries that this process can load (hocba_agent.drivers.binary)."""


def _machine() -> tuple[str, int]:
    """Of this process, which may be a 32-bit one on a 64-bit machine."""
    bits = 64 if sys.maxsize > 2**32 else 32
    name = platform.machine().lower()
    arm = name.startswith(("arm", "aarch"))
    return ({64: "arm64", 32: "arm"} if arm else {64: "x86_64", 32: "x86"})[bits], bits


MACHINE = _machine()
"""Processor and bits, in the words of hocba_agent.drivers.binary."""


def kept_by_administrators(path: Path) -> bool:
    """Can only administrators change this file, or put another one in its place?

    Windows: it lies under the system's or the programs' folders, whose default rights say so. Elsewhere: it and every
    folder above it belong to root, and neither group (but root's) nor others may write.
    """
    if sys.platform == "win32":
        names = ("SystemRoot", "ProgramFiles", "ProgramFiles(x86)", "ProgramW6432")
        kept = [Path(os.environ[name]).resolve() for name in names if os.environ.get(name)]
        return any(path.is_relative_to(folder) for folder in kept)
    try:
        found = [one.stat() for one in (path, *path.parents)]
    except OSError:
        return False
    return all(
        one.st_uid == 0 and not one.st_mode & 0o002 and (one.st_gid == 0 or not one.st_mode & 0o020) for one in found
    )


SYSTEM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
"""In the words of drivers.toml."""


def folders_of_providers() -> list[Path]:
    """Windows: where the smart card providers that are registered lie; a token's driver lies beside its provider."""
    found: list[Path] = []
    if sys.platform == "win32":
        import winreg

        providers = r"SOFTWARE\Microsoft\Cryptography\Defaults\Provider"
        with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, providers) as root:
            for number in range(winreg.QueryInfoKey(root)[0]):
                with suppress(OSError), winreg.OpenKey(root, winreg.EnumKey(root, number)) as provider:
                    image = winreg.ExpandEnvironmentStrings(str(winreg.QueryValueEx(provider, "Image Path")[0]))
                    found.append(Path(image).parent)
    return found


def lock(file: IO[bytes]) -> bool:
    """Takes the file for this process until it ends. False: another one has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


PCSC_LIBRARY = {
    "win32": "winscard.dll",
    "darwin": "/System/Library/Frameworks/PCSC.framework/PCSC",
}.get(sys.platform, "libpcsclite.so.1")
PCSC_WORD: Any = ctypes.c_ulong if sys.platform != "darwin" else ctypes.c_uint32
"""DWORD of the smart card service: 32 bits on Windows and macOS, a long elsewhere."""
PCSC_PACKED = sys.platform == "darwin"
