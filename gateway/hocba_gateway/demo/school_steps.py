"""Steps of the demo: the school is opened, its spreadsheets are imported, its people get accounts and rights."""

from __future__ import annotations

import json
from typing import Any

from hocba_core.secret import Secret

from hocba_gateway.demo.api import Refusal
from hocba_gateway.demo.cast import Cast, Offered
from hocba_gateway.demo.programs import OFFICER
from hocba_gateway.demo.progress import Bar

LEVELS = {"th": "TH", "thcs": "THCS", "thpt": "THPT"}
"""Beginning of a profile's key -> level."""


class NotImported(RuntimeError):
    """The spreadsheets were refused; the text names every problem."""


async def open_school(cast: Cast) -> None:
    """The officer opens the school and says where transcripts go; its administrator fills in the profile."""
    cast.officer = await cast.api.log_in(OFFICER, cast.stage.officer_password)
    portal = cast.stage.portal.ready
    settings = {
        "base_url": portal["address"],
        "client_id": portal["client_id"],
        "client_secret": portal["client_secret"],
    }
    await cast.department.put("/department/portal", {"portal": "reception_portal", "settings": settings})
    opened = await _opened(cast)
    cast.school = opened["id"]
    cast.admin = await cast.api.log_in(opened["administrator"], Secret(opened["password"]))
    cast.accounts_made[""] = Offered("Quản trị viên", "", opened["administrator"], Secret(opened["password"]))


async def _opened(cast: Cast) -> dict[str, Any]:
    """Under the next free code where an earlier run's school still stands in the database."""
    code = int(str(cast.source.profile["code"]))
    for serial in range(1000):
        try:
            body = {"code": str(code + serial), "name": cast.source.profile["name"]}
            made: dict[str, Any] = await cast.department.post("/department/schools", body)
        except Refusal as refusal:
            if refusal.facts.get("state") != "code_taken":
                raise
            continue
        return made
    raise NotImported("Cơ sở dữ liệu đã có quá nhiều trường mẫu.")


async def import_files(cast: Cast) -> None:
    """Preview first, as a person would; a refusal names file, sheet, row, column and what was expected."""
    fields = {"year": cast.source.year} if cast.source.year else {}
    previewed = await cast.qtv.upload("/school/import/preview", cast.source.files, fields)
    if previewed["plan"]["refused"]:
        raise NotImported(_problems(previewed["plan"]["problems"]))
    cast.year = previewed["plan"]["year"]
    fields |= {"fingerprint": previewed["fingerprint"]}
    stored = await cast.qtv.upload("/school/import", cast.source.files, fields)
    if not stored["stored"]:
        raise NotImported(_problems(stored["plan"]["problems"]))
    cast.classes = (await cast.qtv.get("/classes", year=cast.year))["classes"]
    for room in cast.classes:
        found = (await cast.qtv.get(f"/classes/{room['id']}/pupils"))["pupils"]
        cast.pupils[room["id"]] = found[: cast.limit]


def _problems(problems: list[dict[str, Any]]) -> str:
    errors = [problem for problem in problems if problem["severity"] == "error"]
    lines = [f"  - {problem['text']}" for problem in errors[:20]]
    more = [f"  … và {len(errors) - 20} lỗi khác"] if len(errors) > 20 else []
    return "\n".join(["Bảng tính chưa nhập được, chưa có gì được lưu:", *lines, *more])


async def fill_profile(cast: Cast) -> None:
    """The levels follow from the classes where truong.toml does not say them."""
    levels = dict.fromkeys(LEVELS[room["profile"].partition("_")[0]] for room in cast.classes)
    current = (await cast.qtv.get("/school/profile"))["profile"]
    profile = {"levels": list(levels), **cast.source.profile, "code": current["code"]}
    said = await cast.qtv.put("/school/profile", {"profile": profile})
    if said["missing"]:
        raise NotImported(f"Hồ sơ trường còn thiếu: {', '.join(said['missing'])}.")


async def open_accounts(cast: Cast, bar: Bar) -> None:
    """Everybody who works there gets an account and logs in; leader, releaser and administrator get their rights."""
    made = (await cast.qtv.post("/school/accounts", {}))["accounts"]
    members = {member["id"]: member for member in (await cast.qtv.get("/school/members"))["members"]}
    bar.total(len(made))
    for account in made:
        member = members[account["person"]]
        cast.names[account["person"]] = account["name"]
        role = member["position"] or "Cán bộ"
        cast.accounts_made[account["person"]] = Offered(
            role, account["name"], account["username"], Secret(account["password"])
        )
        cast.staff[account["person"]] = await cast.api.log_in(account["username"], Secret(account["password"]))
        bar.advance()
    codes = {member["code"]: identity for identity, member in members.items()}
    leaders = (await cast.qtv.get("/leaders"))["leaders"]
    _named_work_here(cast, codes)
    cast.leader = codes.get(cast.source.print.get("leader", "")) or (leaders[0]["id"] if leaders else "")
    cast.releaser = codes.get(cast.source.people.get("releaser", "")) or _releaser(members, cast)
    if not cast.leader or not cast.releaser:
        raise NotImported("Danh sách cán bộ cần có Hiệu trưởng hoặc Phó hiệu trưởng đang làm việc.")
    rights: dict[str, set[str]] = {cast.releaser: {"ky_phat_hanh"}}
    rights.setdefault(cast.leader, set()).add("duyet_tai_khoan")
    if keeper := codes.get(cast.source.people.get("administrator", "")):
        rights.setdefault(keeper, set()).add("quan_tri")
    for person, wanted in rights.items():
        await cast.qtv.put(f"/school/members/{person}/rights", {"rights": sorted(wanted)})
    await _print_settings(cast)
    _offer(cast)


def _offer(cast: Cast) -> None:
    """The log-in page of the demo offers everybody, by what they do."""
    people = [account.to_dict() for account in cast.offered()]
    offered = json.dumps({"people": people, "phones": cast.stage.phones}, ensure_ascii=False)
    cast.place.people.touch(mode=0o600)
    cast.place.people.write_text(offered, encoding="utf-8")


def _named_work_here(cast: Cast, codes: dict[str, str]) -> None:
    """Whom truong.toml names: nobody else is quietly put in their place."""
    for role, code in {"print.leader": cast.source.print.get("leader", ""), **_people(cast)}.items():
        if code and codes.get(code) not in cast.staff:
            raise NotImported(f"truong.toml: “{role}” là {code}, không có cán bộ nào đang làm việc mang mã này.")


def _people(cast: Cast) -> dict[str, str]:
    return {f"people.{name}": code for name, code in cast.source.people.items()}


def _releaser(members: dict[str, dict[str, Any]], cast: Cast) -> str:
    """Whoever keeps the seal: the office's staff where there are any, else the leader."""
    for identity, member in members.items():
        if identity in cast.staff and "giáo viên" not in (member["position"] or "").lower() and identity != cast.leader:
            return identity
    return cast.leader


async def _print_settings(cast: Cast) -> None:
    body = {
        "classes": [room["id"] for room in cast.classes],
        "leader_id": cast.leader,
        "place": cast.source.print.get("place", cast.source.profile["place"]),
        "sign_date": cast.source.print.get("sign_date", f"{cast.year[5:]}-05-29"),
    }
    await cast.qtv.put("/print-settings", body)
