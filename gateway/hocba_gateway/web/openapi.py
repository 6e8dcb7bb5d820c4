"""The OpenAPI document, from the route table and the models that the handlers are annotated with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from hocba_gateway.web.route import Download, Files, Model, Route, Who

_SCHEMA: Final = "#/components/schemas/{model}"
_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457; title, detail and todo are Vietnamese and may be shown as they are.",
    "required": ["type", "status", "code", "again", "facts", "number", "title", "detail", "todo"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "again": {"type": "string", "enum": ["never", "person", "later"]},
        "facts": {"type": "object"},
        "number": {"type": "string"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "todo": {"type": "string"},
    },
}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=2)
def document(routes: tuple[Route, ...]) -> Mapping[str, Any]:
    models = [m for m in dict.fromkeys(_models(routes)) if issubclass(m, Model)]
    names, schemas = models_json_schema([(model, "validation") for model in models], ref_template=_SCHEMA)
    references = {model: names[(model, "validation")]["$ref"] for model in models}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references)
    components = {
        "schemas": {**schemas.get("$defs", {}), "Problem": _PROBLEM},
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hocba: cổng ký số học bạ",
            "version": version("hocba-gateway"),
            "description": "Học bạ số của một trường: nhập dữ liệu, tạo, ký, xác nhận, gửi. Mọi thời điểm là mili "
            "giây UTC từ 1970.",
        },
        "tags": [{"name": topic} for topic in dict.fromkeys(route.topic for route in routes)],
        "paths": paths,
        "components": components,
    }


def _models(routes: Iterable[Route]) -> Iterable[type]:
    for route in routes:
        yield from (kind for kind in (route.body, route.answer) if kind is not None)


def _operation(route: Route, references: Mapping[type, str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.topic],
        "parameters": [
            *(_parameter(name, "path") for name in _PARAMETER.findall(route.path)),
            *(_parameter(name, "query") for name in route.query),
        ],
        "responses": {"200": _answer(route.answer, references), **_problems(route)},
        "security": [] if route.is_public else [{"bearer": []}],
        "x-who": route.who.value,
    }
    if route.body is Files:
        files = {"type": "array", "items": {"type": "string", "format": "binary"}}
        fields = {name: {"type": "string"} for name in ("year", "fingerprint")}
        form = {"type": "object", "required": ["files"], "properties": {"files": files, **fields}}
        made["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    elif route.body is not None:
        content = {"application/json": {"schema": {"$ref": references[route.body]}}}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _parameter(name: str, where: str) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}


def _answer(answer: type, references: Mapping[type, str]) -> dict[str, Any]:
    if answer in references:
        return {"description": "Done", "content": {"application/json": {"schema": {"$ref": references[answer]}}}}
    if answer is Download:
        binary = {"schema": {"type": "string", "format": "binary"}}
        return {"description": "A file", "content": {"*/*": binary}}
    return {"description": "Done", "content": {"application/json": {"schema": {"type": "object"}}}}


def _problems(route: Route) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    codes = ["404", "409", "422", "500", "502", "503"]
    if not route.is_public or route.name.endswith("log_in"):
        codes.insert(0, "401")
    if route.who not in (Who.PUBLIC, Who.LOGGED_IN):
        codes.insert(1, "403")
    return {code: {"description": "Problem", "content": content} for code in codes}
