"""What the demo leaves in its folder, and what it says at the end."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hocba_gateway.demo.cast import Cast
from hocba_gateway.demo.progress import Bar

AT_ONCE = 4
KINDS = {
    "gvbm": "Giáo viên bộ môn ký",
    "gvcn": "Giáo viên chủ nhiệm ký",
    "cbql": "Lãnh đạo ký",
    "phat-hanh": "Nhà trường ký phát hành",
    "goi": "Ký gói tin",
}


@dataclass(slots=True)
class Outcome:
    packages: list[dict[str, Any]]
    states: dict[str, dict[str, int]] = field(default_factory=dict)
    """state, completion, delivery -> the screen's word -> how many."""


def clear(out: Path) -> None:
    """Removes what an earlier run left, and nothing else: the folders that its report.json names, and its reports."""
    report = out / "report.json"
    if report.is_file():
        try:
            earlier = json.loads(report.read_text(encoding="utf-8"))["folders"]
        except (ValueError, KeyError):
            earlier = []
        for name in earlier:
            if Path(name).name == name:
                shutil.rmtree(out / name, ignore_errors=True)
    for name in ("report.json", "receipts.json"):
        (out / name).unlink(missing_ok=True)


async def fetch_files(cast: Cast, outcome: Outcome, bar: Bar) -> None:
    """Records, forms and packages, by class; and the states as the lists show them at the end."""
    out = cast.place.out
    slugs = {room["id"]: room["slug"] for room in cast.classes}
    jobs = [(slugs[room], uuid) for room, ids in cast.transcripts.items() for uuid in ids]
    bar.total(len(jobs) + len(outcome.packages))
    gate = asyncio.Semaphore(AT_ONCE)

    async def fetch(slug: str, uuid: str) -> None:
        async with gate:
            for name, file in (("record.xml", f"{uuid}.xml"), ("form.pdf", f"{uuid}.pdf")):
                data = await cast.qtv.get(f"/transcripts/{uuid}/{name}", purpose="luu_tru")
                _write(out / slug / file, data)
            bar.advance()

    await asyncio.gather(*(fetch(slug, uuid) for slug, uuid in jobs))
    seen: Counter[str] = Counter()
    for package in reversed(outcome.packages):  # the oldest first
        slug = slugs[package["class_id"]]
        seen[slug] += 1
        name = slug if seen[slug] == 1 else f"{slug}-{seen[slug]}"
        _write(
            out / "packages" / f"{name}.xml",
            await cast.qtv.get(f"/packages/{package['id']}/package.xml", purpose="luu_tru"),
        )
        bar.advance()
    await _count_states(cast, outcome)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


async def _count_states(cast: Cast, outcome: Outcome) -> None:
    words: dict[str, Counter[str]] = {"state": Counter(), "completion": Counter(), "delivery": Counter()}
    for room in cast.transcripts:
        for line in (await cast.qtv.get(f"/classes/{room}/transcripts"))["transcripts"]:
            words["state"][line["state"]] += 1
            words["completion"]["Đã xác nhận" if line["completed_at"] else "Chưa xác nhận"] += 1
            words["delivery"][line["delivery"]] += 1
    outcome.states = {name: dict(counts) for name, counts in words.items()}


def write_reports(cast: Cast, outcome: Outcome, seconds: dict[str, float]) -> dict[str, Any]:
    """receipts.json and report.json; returns the latter. Names of pupils stand only where one was left out."""
    receipts = [
        {name: package[name] for name in ("id", "class_name", "event", "version", "count", "state", "receipt")}
        | {"refusals": package["refusals"], "answered_at": package["answered_at"]}
        for package in outcome.packages
    ]
    folders = sorted({room["slug"] for room in cast.classes if cast.transcripts.get(room["id"])})
    report = {
        "school": cast.source.profile["name"],
        "year": cast.year,
        "classes": len(cast.classes),
        "pupils": sum(len(rows) for rows in cast.pupils.values()),
        "transcripts": sum(len(ids) for ids in cast.transcripts.values()),
        "states": outcome.states,
        "signatures": {kind: cast.signatures[kind] for kind in KINDS if kind in cast.signatures},
        "seconds": {**seconds, "total": round(sum(seconds.values()), 2)},
        "left_out": [
            {
                "class": left["class"],
                "pupil": left["pupil"],
                "reason": left["reason"],
                "missing": [item["item"] for item in left["missing"]],
            }
            for left in cast.left
        ],
        "folders": [*folders, "packages"],
    }
    for name, value in (("receipts.json", receipts), ("report.json", report)):
        (cast.place.out / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return report


def show(console: Console, cast: Cast, report: dict[str, Any]) -> None:
    """The summary: how many, how long, what was left out and why."""
    table = Table(
        title=escape(f"{report['school']}, năm học {report['year']}"), show_header=False, title_justify="left"
    )
    table.add_column()
    table.add_column(justify="right")
    table.add_row("Lớp", str(report["classes"]))
    table.add_row("Học sinh trong danh sách", str(report["pupils"]))
    table.add_row("Học bạ đã ký, niêm phong và gửi", str(report["transcripts"]))
    for kind, number in report["signatures"].items():
        table.add_row(f"Chữ ký: {KINDS[kind]}", str(number))
    table.add_row("Tổng thời gian", f"{report['seconds']['total']:.0f} giây")
    console.print(table)
    if cast.left:
        console.print(f"[bold]{len(cast.left)} học sinh chưa được tạo học bạ:[/bold]")
        for left in cast.left:
            why = "; ".join(item["item"] for item in left["missing"]) or left["reason"]
            console.print(f"  - Lớp {left['class']}, {left['pupil']}: {why}", highlight=False, markup=False)
    console.print(f"Kết quả ở thư mục [bold]{escape(str(cast.place.out))}[/bold]; kiểm tra bằng:")
    console.print(f"  hocba verify {cast.place.out} --trust {cast.place.trust}", highlight=False, markup=False)
