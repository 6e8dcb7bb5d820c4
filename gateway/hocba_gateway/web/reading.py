"""What a request carries → values: JSON by its model, files by parts, the bearer token by its header."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.multipart import BadContentDispositionHeader, BadContentDispositionParam
from hocba_core.errors import BadInput, NotLoggedIn
from hocba_core.secret import Secret
from pydantic import BaseModel, ValidationError

from hocba_gateway.school.reading.tables import Upload
from hocba_gateway.web.route import Files
from hocba_gateway.web.text import FITTING, is_fit, made_fit, may_be_unfit, unfit

MOST_JSON: Final = 8 * 1024 * 1024
MOST_FILES: Final = 40
MOST_FILE_BYTES: Final = 64 * 1024 * 1024
"""All files together."""
MOST_PARTS: Final = MOST_FILES + 10
"""Files, and the simple fields beside them."""
JSON_SECONDS: Final = 30.0
FILES_SECONDS: Final = 300.0
"""The most that MOST_FILE_BYTES take over a school's line of 2 Mbit/s; a body that drips is not waited for."""

_DATES: Final = "ngày giờ có múi giờ, ví dụ 2026-05-29T08:00:00+07:00"
_EXPECTED: Final[Mapping[str, str]] = {
    "missing": "không để trống",
    "extra_forbidden": "không có trường này",
    "json_invalid": "JSON đúng cú pháp",
    "model_type": "một đối tượng JSON",
    "model_attributes_type": "một đối tượng JSON",
    "dict_type": "một đối tượng JSON",
    "list_type": "một danh sách",
    "tuple_type": "một danh sách",
    "string_type": "một chuỗi ký tự",
    "string_too_long": "tối đa {max_length} ký tự",
    "string_too_short": "ít nhất {min_length} ký tự",
    "string_pattern_mismatch": "đúng dạng {pattern}",
    "too_long": "tối đa {max_length} mục",
    "too_short": "ít nhất {min_length} mục",
    "enum": "một trong: {expected}",
    "literal_error": "một trong: {expected}",
    "bool_type": "true hoặc false",
    "bool_parsing": "true hoặc false",
    "timezone_aware": _DATES,
}
"""Kind of pydantic's error -> words; filled with what it says besides. Other kinds keep pydantic's own."""


def bearer(request: web.Request) -> Secret | None:
    """Only from the header; a cookie is never read here. Raises NotLoggedIn(reason="ended") for no text at all."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token.isascii():
        raise NotLoggedIn(reason="ended")  # no token of ours
    return Secret(token.strip()) if scheme.lower() == "bearer" and token.strip() else None


async def read_json(request: web.Request, model: type[BaseModel]) -> BaseModel:
    """Raises BadInput(field, expected) for the first thing that is wrong. What was sent is not repeated."""
    if request.content_type != "application/json":
        raise BadInput(field="Content-Type", expected="application/json")
    raw = await read_body(request, MOST_JSON)
    try:
        read = model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = made_fit(".".join(str(part) for part in first["loc"])) or "body"
        raise BadInput(field=name, expected=_expected(first)) from None  # the cause holds the input
    if may_be_unfit(raw) and (at := next(unfit(json.loads(raw)), None)) is not None:
        raise BadInput(field=".".join(at) or "body", expected=FITTING)
    return read


def _expected(error: Mapping[str, Any]) -> str:
    kind = str(error["type"])
    if kind.startswith("datetime"):
        return _DATES
    said = _EXPECTED.get(kind)
    return said.format_map(error.get("ctx") or {}) if said else str(error["msg"])


async def read_body(request: web.Request, most: int) -> bytes:
    """Raises BadInput(field="body") for more than `most` bytes, for one that does not end, or is cut off."""
    read = bytearray()
    async with _patiently(JSON_SECONDS):
        async for chunk in request.content.iter_chunked(64 * 1024):
            read += chunk
            if len(read) > most:
                raise BadInput(field="body", expected=f"tối đa {most // 1024 // 1024} MB")
    return bytes(read)


async def read_files(request: web.Request) -> Files:
    """Raises BadInput for what is no form, or too much."""
    if not request.content_type.startswith("multipart/"):
        raise BadInput(field="Content-Type", expected="multipart/form-data")
    try:
        async with _patiently(FILES_SECONDS):
            files = await _read_parts(await request.multipart())
    except (ValueError, LookupError, HttpProcessingError, BadContentDispositionHeader, BadContentDispositionParam):
        raise BadInput(field="body", expected="multipart/form-data") from None  # the cause holds names of files
    if not files.uploads:
        raise BadInput(field="files", expected="ít nhất một tệp")
    for name, value in files.fields.items():
        if not is_fit(value):
            raise BadInput(field=made_fit(name), expected=FITTING)
    return files


async def _read_parts(parts: MultipartReader) -> Files:
    uploads: list[Upload] = []
    fields: dict[str, str] = {}
    seen = total = 0
    async for part in parts:
        seen += 1
        if not isinstance(part, BodyPartReader):
            raise BadInput(field="body", expected="các tệp, không lồng nhau")
        data = bytearray()
        while chunk := await part.read_chunk(256 * 1024):
            data += chunk
            total += len(chunk)
            _bound(seen, len(uploads), total)
        _bound(seen, len(uploads), total)
        if part.filename:
            uploads.append(Upload(made_fit(part.filename), bytes(data)))
        else:
            fields[part.name or ""] = data.decode()
    return Files(tuple(uploads), fields)


def _bound(parts: int, files: int, total: int) -> None:
    if total > MOST_FILE_BYTES or files == MOST_FILES or parts > MOST_PARTS:
        raise BadInput(field="files", expected=f"tối đa {MOST_FILES} tệp, {MOST_FILE_BYTES // 1024 // 1024} MB")


@asynccontextmanager
async def _patiently(seconds: float) -> AsyncIterator[None]:
    """Until the body is whole. Raises BadInput(field="body") for one that drips or breaks off."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise BadInput(field="body", expected=f"nội dung gửi xong trong {seconds:.0f} giây") from None
    except web.RequestPayloadError:
        raise BadInput(field="body", expected="nội dung trọn vẹn") from None


def written(value: Any) -> str:
    """JSON as we answer it: Vietnamese stays readable."""
    return json.dumps(value, ensure_ascii=False)
