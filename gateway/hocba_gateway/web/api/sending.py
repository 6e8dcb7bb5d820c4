"""Gửi lên hệ thống: packages of a class and their receipts."""

from __future__ import annotations

from typing import Any

from hocba_core.clock import to_millis

from hocba_gateway.sending.status import PackageStatus
from hocba_gateway.services import sending
from hocba_gateway.web.route import Call, Done, Download, Model, Routes, Who

routes = Routes("Gửi học bạ")


class NewPackage(Model):
    id: str
    transcripts: list[str]


class Left(Model):
    subject: str
    code: str
    facts: dict[str, Any]


class Packed(Model):
    packages: list[NewPackage]
    needs_seal: bool
    """They wait for whoever holds the school's token ("Chờ ký gói")."""
    left: list[Left]


class Refused(Model):
    transcript: str
    code: str
    message: str


class Package(Model):
    id: str
    class_id: str
    class_name: str
    year: str
    event: str
    version: int
    count: int
    delivery: str
    state: str
    """`delivery` in the words of the screen."""
    made_at: int
    receipt: str | None
    answered_at: int | None
    code: str
    message: str
    refusals: list[Refused]
    trouble: str | None
    """Code of the error that the next try waits for."""
    next_at: int | None


class Packages(Model):
    packages: list[Package]


def _package(one: PackageStatus) -> Package:
    return Package(
        id=one.id,
        class_id=one.class_id,
        class_name=one.class_name,
        year=one.year,
        event=one.event,
        version=one.version,
        count=one.count,
        delivery=one.delivery.value,
        state=one.state,
        made_at=to_millis(one.made_at),
        receipt=one.receipt,
        answered_at=to_millis(one.answered_at) if one.answered_at else None,
        code=one.code,
        message=one.message,
        refusals=[Refused(transcript=r.transcript, code=r.code, message=r.message) for r in one.refusals],
        trouble=one.trouble,
        next_at=to_millis(one.next_at) if one.next_at else None,
    )


@routes.post("/classes/{class_id}/packages", Who.ADMIN)
async def pack(call: Call) -> Packed:
    """[Gửi lên hệ thống]: what of the class is completed and not yet sent; twice makes the packages once."""
    made = await sending.pack(call.gateway, call.scope, call.principal, call.path("class_id"))
    return Packed(
        packages=[NewPackage(id=one.id, transcripts=list(one.transcripts)) for one in made.packages],
        needs_seal=made.needs_seal,
        left=[Left(subject=one.subject, code=one.code, facts=dict(one.facts)) for one in made.left],
    )


@routes.get("/packages", Who.STAFF)
async def list_packages(call: Call) -> Packages:
    """Every package of the school, newest first, with receipt and refusals; for administrator and releaser."""
    return Packages(packages=[_package(one) for one in await sending.all_packages(call.scope, call.principal)])


@routes.get("/packages/{package}", Who.STAFF)
async def get_package(call: Call) -> Package:
    """One package."""
    return _package(await sending.one_package(call.scope, call.principal, call.path("package")))


@routes.get("/packages/{package}/package.xml", Who.STAFF, "purpose")
async def package_file(call: Call) -> Download:
    """The bytes that are sent. ?purpose=xem, luu_tru, chuyen_truong or gia_dinh; audited."""
    package = call.path("package")
    data = await sending.package_file(call.scope, call.principal, package, call.query("purpose") or "xem")
    return Download(f"{package}.xml", "application/xml", data)


@routes.delete("/packages/{package}", Who.ADMIN)
async def take_apart(call: Call) -> Done:
    """Takes a package apart that still waits for its seal; its transcripts may be packed again."""
    await sending.take_apart(call.scope, call.principal, call.path("package"))
    return Done()
