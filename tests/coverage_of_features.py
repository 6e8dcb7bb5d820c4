"""Prints which ids of a feature list no test carries.

    python tests/coverage_of_features.py path/to/features.md

The list is a Markdown file whose table rows begin with an id ("| T5 | …"); "P1–P7" stands for seven rows.
A test carries an id by @pytest.mark.feature("T5").
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROW = re.compile(r"^\|\s*([A-Z])(\d+)(?:\s*[–-]\s*\1(\d+))?\s*\|", re.MULTILINE)
MARK = re.compile(r"mark\.feature\(([^)]*)\)")


def ids_of(features: str) -> list[str]:
    found = []
    for letter, first, last in ROW.findall(features):
        found += [f"{letter}{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def carried(folder: Path) -> set[str]:
    marks = (mark for path in folder.rglob("test_*.py") for mark in MARK.findall(path.read_text()))
    return {identity for mark in marks for identity in re.findall(r"[A-Z]\d+", mark)}


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write("which list? make coverage-of-features FEATURES=path/to/features.md\n")
        return 2
    wanted = ids_of(Path(sys.argv[1]).read_text(encoding="utf-8"))
    have = carried(Path(__file__).parent)
    missing = [identity for identity in wanted if identity not in have]
    unknown = sorted(have - set(wanted))
    sys.stdout.write(f"{len(wanted) - len(missing)} of {len(wanted)} ids are carried by a test\n")
    sys.stdout.write(f"no test carries: {' '.join(missing) or 'none'}\n")
    if unknown:
        sys.stdout.write(f"carried, but not in the list: {' '.join(unknown)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
