"""The command `hocba-agent`, and the door through which its own child processes come in."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from hocba_core.agent_protocol import PORTS
from hocba_core.clock import system_clock
from hocba_core.errors import HocbaError, Refused, SettingWrong
from hocba_core.lifeline import die_with_parent

from hocba_agent import logs, preferences
from hocba_agent.instance import Instance
from hocba_agent.system import config_folder
from hocba_agent.texts import Words, text_of
from hocba_agent.windows.kinds import KINDS, WindowKind, default_kind


class ScriptedRefused(Refused):
    """Windows that answer themselves, asked for without --development."""

    code = "scripted_refused"


def main(argv: Sequence[str] | None = None) -> None:
    """Exit code 2 when it cannot start, with the reason in Vietnamese on standard error."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["child"]:
        _child(words[1:])
        return
    if words[:1] == ["drivers"]:
        from hocba_agent.drivers.command import main as drivers

        sys.exit(drivers(words[1:]))
    given = _parser().parse_args(words)
    given.windows = given.windows or default_kind()
    given.tray = given.windows == "tk" if given.tray is None else given.tray
    logs.begin(given.log_level, given.config if given.windows == "tk" else None)
    if given.end_with_parent:
        die_with_parent(os.getppid(), signal.SIGTERM)
    try:
        _serve(given)
    except HocbaError as error:
        sys.stderr.write(text_of(error) + "\n")
        sys.exit(2)


def _serve(given: argparse.Namespace) -> None:
    from hocba_agent.server import Settings, run
    from hocba_agent.sites import allowed_sites

    if (given.windows == "scripted" or 0 in given.port) and not given.development:
        raise ScriptedRefused()
    if given.windows == "scripted" and given.script is None:
        raise SettingWrong(setting="--script", rule="cần tệp trả lời khi dùng --windows scripted")
    for module in given.module:
        if not module.is_absolute():
            raise SettingWrong(setting="--module", rule="đường dẫn đầy đủ")
    needs = given.config.absolute() if given.windows == "tk" else given.script.absolute() if given.script else Path()
    settings = Settings(
        WindowKind(given.windows, needs),
        tuple(dict.fromkeys(module.resolve() for module in given.module)),  # one library by two paths is loaded once
        allowed_sites(given.site, given.config),
        given.config,
        tuple(given.port) or PORTS,
        given.tray,
    )
    instance = Instance(given.config)
    if not instance.first:
        instance.ask_first_to_show()
        sys.stderr.write(Words(preferences.load(given.config).language)("notice.running") + "\n")
        return
    asyncio.run(run(settings, system_clock, instance))


def _child(words: Sequence[str]) -> None:
    """Not for people: `child window KIND PATH`, `child worker PARENT MODULE KIND PATH`, `child panel FOLDER` …"""
    role, *arguments = words
    if role == "window":
        from hocba_agent.windows.kinds import main as window

        window(*arguments)
    elif role == "worker":
        from hocba_agent.token.worker import main as worker

        worker(*arguments)
    elif role in ("panel", "progress", "notice", "tray"):
        place = "hocba_agent.tray.process" if role == "tray" else f"hocba_agent.windows.tk.{role}"
        import_module(place).main(Path(arguments[0]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hocba-agent", description="Ký bằng USB Token cho các trang web được phép.")
    parser.add_argument(
        "--windows",
        choices=sorted(KINDS),
        help="loại cửa sổ hỏi người dùng (mặc định: tk nếu có màn hình, không thì console)",
    )
    parser.add_argument(
        "--tray", action=argparse.BooleanOptionalAction, help="biểu tượng ở khay hệ thống (mặc định: có, với tk)"
    )
    parser.add_argument("--script", type=Path, help="tệp trả lời của --windows scripted")
    parser.add_argument("--module", type=Path, action="append", default=[], help="trình điều khiển PKCS#11 (nhiều lần)")
    parser.add_argument("--site", action="append", default=[], help="trang web được phép, như https://hocba.example")
    parser.add_argument("--config", type=Path, default=config_folder(), help="thư mục thiết lập")
    parser.add_argument("--port", type=int, action="append", default=[], help="thay cho các cổng định sẵn (nhiều lần)")
    parser.add_argument("--end-with-parent", action="store_true", help="kết thúc khi chương trình mẹ kết thúc")
    parser.add_argument("--development", action="store_true", help="cho phép những gì chỉ dùng khi phát triển")
    parser.add_argument("--log-level", choices=["DEBUG", "INFO", "WARNING"], default="INFO")
    return parser
