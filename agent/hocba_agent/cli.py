"""The command `hocba-agent`, and the door through which its own child processes come in."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from hocba_core.agent_protocol import PORTS
from hocba_core.clock import system_clock
from hocba_core.errors import HocbaError, Refused, SettingWrong

from hocba_agent.system import config_folder, die_with_parent
from hocba_agent.texts import text_of
from hocba_agent.windows.kinds import KINDS, WindowKind


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
    logging.basicConfig(level=given.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
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
    settings = Settings(
        WindowKind(given.windows, given.script.absolute() if given.script else Path()),
        tuple(dict.fromkeys(module.resolve() for module in given.module)),  # one library by two paths is loaded once
        allowed_sites(given.site, given.config),
        given.config,
        tuple(given.port) or PORTS,
    )
    asyncio.run(run(settings, system_clock))


def _child(words: Sequence[str]) -> None:
    """Not for people: `child window KIND SCRIPT` and `child worker PARENT MODULE KIND SCRIPT`."""
    role, *arguments = words
    if role == "window":
        from hocba_agent.windows.kinds import main as window

        window(*arguments)
    elif role == "worker":
        from hocba_agent.token.worker import main as worker

        worker(*arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hocba-agent", description="Ký bằng USB Token cho các trang web được phép.")
    parser.add_argument("--windows", choices=sorted(KINDS), default="console", help="loại cửa sổ hỏi người dùng")
    parser.add_argument("--script", type=Path, help="tệp trả lời của --windows scripted")
    parser.add_argument("--module", type=Path, action="append", default=[], help="trình điều khiển PKCS#11 (nhiều lần)")
    parser.add_argument("--site", action="append", default=[], help="trang web được phép, như https://hocba.example")
    parser.add_argument("--config", type=Path, default=config_folder(), help="thư mục thiết lập")
    parser.add_argument("--port", type=int, action="append", default=[], help="thay cho các cổng định sẵn (nhiều lần)")
    parser.add_argument("--end-with-parent", action="store_true", help="kết thúc khi chương trình mẹ kết thúc")
    parser.add_argument("--development", action="store_true", help="cho phép những gì chỉ dùng khi phát triển")
    parser.add_argument("--log-level", choices=["DEBUG", "INFO", "WARNING"], default="INFO")
    return parser
