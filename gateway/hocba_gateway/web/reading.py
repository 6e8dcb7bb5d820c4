"""What a request carries → values: JSON by its model, files by parts, the bearer token by its header."""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp import BodyPartReader, web
from hocba_core.errors import BadInput
from hocba_core.secret import Secret
from pydantic import BaseModel, ValidationError

from hocba_gateway.school.reading.tables import Upload
from hocba_gateway.web.route import Files

MOST_JSON: Final = 8 * 1024 * 1024
MOST_FILES: Final = 40
MOST_FILE_BYTES: Final = 64 * 1024 * 1024
"""All files together."""


def bearer(request: web.Request) -> Secret | None:
    """Only from the header; a cookie is never read here."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return Secret(token.strip()) if scheme.lower() == "bearer" and token.strip() else None


async def read_json(request: web.Request, model: type[BaseModel]) -> BaseModel:
    """Raises BadInput(field, expected) for the first thing that is wrong. What was sent is not repeated."""
    if request.content_type != "application/json":
        raise BadInput(field="Content-Type", expected="application/json")
    raw = await _body(request, MOST_JSON)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "body"
        raise BadInput(field=name, expected=first["msg"]) from None  # the cause holds the input


async def _body(request: web.Request, most: int) -> bytes:
    read = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        read += chunk
        if len(read) > most:
            raise BadInput(field="body", expected=f"tối đa {most // 1024 // 1024} MB")
    return bytes(read)


async def read_files(request: web.Request) -> Files:
    """Raises BadInput for what is no form, or too much."""
    if not request.content_type.startswith("multipart/"):
        raise BadInput(field="Content-Type", expected="multipart/form-data")
    uploads: list[Upload] = []
    fields: dict[str, str] = {}
    total = 0
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise BadInput(field="body", expected="các tệp, không lồng nhau")
            data = bytearray()
            while chunk := await part.read_chunk(256 * 1024):
                data += chunk
                total += len(chunk)
                if total > MOST_FILE_BYTES or len(uploads) == MOST_FILES:
                    limit = f"tối đa {MOST_FILES} tệp, {MOST_FILE_BYTES // 1024 // 1024} MB"
                    raise BadInput(field="files", expected=limit)
            if part.filename:
                uploads.append(Upload(part.filename, bytes(data)))
            else:
                fields[part.name or ""] = data.decode()
    except ValueError as error:
        raise BadInput(field="body", expected="multipart/form-data") from error
    if not uploads:
        raise BadInput(field="files", expected="ít nhất một tệp")
    return Files(tuple(uploads), fields)


def written(value: Any) -> str:
    """JSON as we answer it: Vietnamese stays readable."""
    return json.dumps(value, ensure_ascii=False)
