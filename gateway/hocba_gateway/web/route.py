"""A route of the API as data: who may, what goes in, what comes out. The handlers' own types are the document.

    @routes.post("/classes/{class_id}/transcripts", Who.STAFF)
    async def create(call: Call, body: Wanted) -> Created: ...

What `body` and the answer are annotated with is read, validated, written, and described in the OpenAPI document.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, get_type_hints

from aiohttp import web
from hocba_core.errors import Forbidden, NotLoggedIn
from pydantic import BaseModel, ConfigDict

from hocba_gateway.school.reading.tables import Upload
from hocba_gateway.services.gateway import Gateway
from hocba_gateway.services.principal import Principal, Right
from hocba_gateway.store.store import Scope

PREFIX = "/api/v1"


class Who(StrEnum):
    """The least that a caller must be; what else they need is the service's to say."""

    PUBLIC = "public"
    LOGGED_IN = "logged in"
    STAFF = "an account of a school"
    ADMIN = "quyền quản trị"
    APPROVER = "quyền duyệt tài khoản ký"
    RELEASER = "quyền Ký phát hành"
    OFFICER = "cán bộ Sở GD&ĐT"


NEEDS: Mapping[Who, Right] = {
    Who.ADMIN: Right.ADMIN,
    Who.APPROVER: Right.APPROVE,
    Who.RELEASER: Right.SEAL,
    Who.OFFICER: Right.OFFICER,
}


class Model(BaseModel):
    """Base of everything that crosses the border: an unknown field is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Done(Model):
    """Nothing to say but that it is done."""

    done: bool = True


@dataclass(frozen=True, slots=True)
class Files:
    """A body of multipart/form-data: files, and simple fields beside them."""

    uploads: tuple[Upload, ...] = field(repr=False)
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Download:
    """An answer that is a file."""

    name: str
    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, after it has been judged."""

    gateway: Gateway
    request: web.Request = field(repr=False)
    caller: Principal | None

    @property
    def principal(self) -> Principal:
        if self.caller is None:
            raise NotLoggedIn(reason="none")
        return self.caller

    @property
    def scope(self) -> Scope:
        """The caller's own school; there is no way to name another."""
        school = self.principal.school
        if school is None:
            raise Forbidden(needs="tài khoản của một trường")
        return self.gateway.scoped(school)

    @property
    def department(self) -> str:
        department = self.principal.department
        if department is None:
            raise Forbidden(needs=Who.OFFICER.value)
        return department

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    def query(self, name: str) -> str | None:
        return self.request.query.get(name)


Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    who: Who
    handler: Handler
    topic: str
    body: type | None
    """A Model, Files, or None."""
    answer: type
    """A Model, Download, or Reply."""
    query: tuple[str, ...] = ()
    """Names that may stand behind the ?; any other is refused."""

    @property
    def name(self) -> str:
        return f"{self.handler.__module__.rpartition('.')[2]}.{self.handler.__name__}"

    @property
    def summary(self) -> str:
        return (inspect.getdoc(self.handler) or "").strip()

    @property
    def is_public(self) -> bool:
        return self.who is Who.PUBLIC

    def admit(self, caller: Principal | None) -> None:
        """Raises NotLoggedIn, Forbidden(needs)."""
        if self.who is Who.PUBLIC:
            return
        if caller is None:
            raise NotLoggedIn(reason="none")
        if self.who is Who.LOGGED_IN:
            return
        if self.who is not Who.OFFICER and caller.school is None:
            raise Forbidden(needs="tài khoản của một trường")
        if self.who in NEEDS:
            caller.demand(NEEDS[self.who])


NUMBER: Final = web.RequestKey("number", str)
"""Of a request: in every answer's X-Request-Id and in the log, to be read to the support."""

TABLE: Final = web.AppKey("table", tuple[Route, ...])
"""Every route of the application, for its own document."""


class Routes:
    """The routes of one topic; a module of web/api has one."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.all: list[Route] = []

    def get(self, path: str, who: Who, *query: str) -> Callable[[Handler], Handler]:
        return self._add("GET", path, who, query)

    def post(self, path: str, who: Who) -> Callable[[Handler], Handler]:
        return self._add("POST", path, who)

    def put(self, path: str, who: Who) -> Callable[[Handler], Handler]:
        return self._add("PUT", path, who)

    def delete(self, path: str, who: Who) -> Callable[[Handler], Handler]:
        return self._add("DELETE", path, who)

    def _add(self, method: str, path: str, who: Who, query: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            body, answer = hints.get("body"), hints["return"]
            made = Route(method, PREFIX + path, who, handler, self.topic, body, answer, query)
            self.all.append(made)
            return handler

        return register
