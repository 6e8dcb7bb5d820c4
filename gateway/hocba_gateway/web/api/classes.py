"""Classes: who is in them, what is locked, who signs for the leader, what is missing."""

from __future__ import annotations

from typing import Any

from hocba_gateway.school import locks, print_settings
from hocba_gateway.school.class_file import PrintSettings
from hocba_gateway.services import checking, classes
from hocba_gateway.services.sight import require_class
from hocba_gateway.web.route import Call, Done, Download, Model, Routes, Who

routes = Routes("Lớp")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ClassLine(Model):
    id: str
    year: str
    name: str
    slug: str
    grade: int
    profile: str
    homeroom_id: str | None
    pupils: int
    transcripts: int
    """Live ones."""
    locks: list[str]


class Classes(Model):
    classes: list[ClassLine]


class Pupil(Model):
    id: str
    code: str
    name: str
    status: str


class Pupils(Model):
    pupils: list[Pupil]


class Print(Model):
    leader_id: str | None = None
    place: str | None = None
    sign_date: str | None = None


class PrintOfClasses(Print):
    classes: list[str]


class Leader(Model):
    id: str
    name: str
    position: str


class Leaders(Model):
    leaders: list[Leader]


class Check(Model):
    report: dict[str, Any]


@routes.get("/classes", Who.STAFF, "year")
async def list_classes(call: Call) -> Classes:
    """The classes that the caller gets to see, of ?year=2025-2026 or of the newest."""
    async with call.scope.read() as tx:
        rows = await classes.list_classes(tx, call.principal, call.query("year"))
    return Classes(classes=[ClassLine(**row) for row in rows])


@routes.get("/classes/{class_id}/pupils", Who.STAFF)
async def list_pupils(call: Call) -> Pupils:
    """The class's list."""
    async with call.scope.read() as tx:
        room = await require_class(tx, call.principal, call.path("class_id"))
        return Pupils(pupils=[Pupil(**row) for row in await classes.list_pupils(tx, room.id)])


@routes.put("/classes/{class_id}/locks/{term}", Who.ADMIN)
async def lock(call: Call) -> Done:
    """ "Xác nhận hoàn thành tổng kết" of HK1, HK2 or CN."""
    async with call.scope.write() as tx:
        await locks.lock(tx, call.path("class_id"), call.path("term"), call.principal.account)
    return Done()


@routes.delete("/classes/{class_id}/locks/{term}", Who.ADMIN)
async def unlock(call: Call) -> Done:
    """Opens it again; refused while the class has live transcripts."""
    async with call.scope.write() as tx:
        await locks.unlock(tx, call.path("class_id"), call.path("term"), call.principal.account)
    return Done()


@routes.get("/classes/{class_id}/print-settings", Who.STAFF)
async def get_print(call: Call) -> Print:
    """ "Cấu hình in học bạ" of a class."""
    async with call.scope.read() as tx:
        room = await require_class(tx, call.principal, call.path("class_id"))
        found = await print_settings.get(tx, room.id)
    return Print(leader_id=found.leader_id, place=found.place, sign_date=found.sign_date)


@routes.put("/print-settings", Who.ADMIN)
async def put_print(call: Call, body: PrintOfClasses) -> Done:
    """The same "Cấu hình in học bạ" for several classes."""
    settings = PrintSettings(body.leader_id, body.place, body.sign_date)
    async with call.scope.write() as tx:
        await print_settings.put(tx, body.classes, settings, call.principal.account)
    return Done()


@routes.get("/leaders", Who.ADMIN)
async def list_leaders(call: Call) -> Leaders:
    """Who may sign as the school's leader."""
    async with call.scope.read() as tx:
        return Leaders(leaders=[Leader(**row) for row in await print_settings.leaders(tx)])


@routes.get("/classes/{class_id}/check", Who.STAFF)
async def check(call: Call) -> Check:
    """ "Kiểm tra trước khi tạo": per pupil what is missing and where it is entered."""
    found = await checking.check_class(call.scope, call.principal, call.path("class_id"))
    return Check(report=found.to_dict())


@routes.get("/classes/{class_id}/missing.xlsx", Who.STAFF)
async def missing(call: Call) -> Download:
    """[Tải thông tin thiếu] of a class."""
    data = await checking.missing_of_class(call.scope, call.principal, call.path("class_id"))
    return Download("thong-tin-thieu.xlsx", _XLSX, data)
