"""`hocba-agent drivers`: which drivers there are, and adding or removing one by hand. For people who install."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from hocba_agent.drivers.added import add_driver, list_drivers, remove_driver
from hocba_agent.drivers.check import CONFIRMABLE
from hocba_agent.drivers.words import verdict_in_words
from hocba_agent.system import config_folder


def main(argv: Sequence[str]) -> int:
    """Exit code: 0 done, 1 refused, with the reason in words."""
    given = _parser().parse_args(argv)
    if given.add is not None:
        verdict = add_driver(given.config, given.add.absolute(), confirmed=given.yes)
        sys.stdout.write(verdict_in_words(verdict) + "\n")
        if verdict.reason == CONFIRMABLE:
            sys.stdout.write("Để dùng tệp này, hãy chạy lại lệnh với --yes.\n")
        return 0 if verdict.ok else 1
    if given.remove is not None:
        there = remove_driver(given.config, given.remove.absolute())
        sys.stdout.write("Đã bỏ.\n" if there else "Không có trình điều khiển này trong danh sách tự thêm.\n")
        return 0 if there else 1
    for one in list_drivers(given.config):
        machine = f"{one.verdict.machine} {one.verdict.bits}-bit" if one.verdict.bits else ""
        parts = (str(one.path), one.brand, one.found_by, machine, verdict_in_words(one.verdict))
        sys.stdout.write("\n  ".join(part for part in parts if part) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hocba-agent drivers", description="Trình điều khiển USB Token trên máy này.")
    parser.add_argument("--config", type=Path, default=config_folder(), help="thư mục thiết lập")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--add", type=Path, help="thêm một trình điều khiển PKCS#11")
    change.add_argument("--remove", type=Path, help="bỏ một trình điều khiển đã thêm")
    parser.add_argument("--yes", action="store_true", help="tôi biết tệp này từ đâu, dù chương trình khác sửa được nó")
    return parser
