"""The approving office: its schools, their certificates, the portal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from hocba_gateway.school.profile import Code, Line
from hocba_gateway.services import departments
from hocba_gateway.web.route import Call, Done, Model, Routes, Who

routes = Routes("Sở GD&ĐT")


class NewSchool(Model):
    code: Code
    name: Line


class School(Model):
    id: str
    code: str
    name: str


class Opened(Model):
    id: str
    administrator: str
    password: str
    """Shown once."""


class Schools(Model):
    schools: list[School]


class Portal(Model):
    portal: str
    settings: dict[str, Any]


class Window(Model):
    start: AwareDatetime | None
    until: AwareDatetime | None


@routes.get("/department/schools", Who.OFFICER)
async def list_schools(call: Call) -> Schools:
    """The office's schools."""
    return Schools(schools=[School(**row) for row in await departments.list_schools(call.gateway, call.department)])


@routes.post("/department/schools", Who.OFFICER)
async def open_school(call: Call, body: NewSchool) -> Opened:
    """Opens a school, and the account of its administrator."""
    made = await departments.open_school(call.gateway, call.department, body.code, body.name, call.principal.account)
    return Opened(id=made.id, administrator=made.administrator, password=made.password.reveal())


@routes.put("/department/portal", Who.OFFICER)
async def set_portal(call: Call, body: Portal) -> Done:
    """Where the office's schools send transcripts; tried before it is saved."""
    await departments.set_portal(call.gateway, call.department, body.portal, body.settings, call.principal.account)
    return Done()


@routes.put("/department/window", Who.OFFICER)
async def set_window(call: Call, body: Window) -> Done:
    """When schools may send."""
    start: datetime | None = body.start
    await departments.set_window(call.gateway, call.department, start, body.until, call.principal.account)
    return Done()
