"""Bytes named by their SHA-256: files, or a table where many machines share one PostgreSQL.

A blob is on disk, synced, under its final name *before* the row that names it commits; what no row names is
harmless. The same bytes have the same name, so writing twice is writing once.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from hocba_core.errors import NotFound, OurFault
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hocba_gateway.store import kill
from hocba_gateway.store.engines import Engines
from hocba_gateway.store.schema import blobs as table
from hocba_gateway.store.trouble import telling_files


class Blobs(ABC):
    """Every operation raises StoreTrouble when the disk or the database does not take it now."""

    @abstractmethod
    async def put(self, data: bytes) -> str:
        """Returns the name, lower-case hexadecimal, once the bytes are safe."""

    @abstractmethod
    async def get(self, name: str) -> bytes:
        """Raises NotFound(kind="blob"), OurFault when the bytes are not what their name says."""

    async def put_all(self, many: Iterable[bytes]) -> list[str]:
        return [await self.put(data) for data in many]

    async def get_all(self, names: Iterable[str]) -> dict[str, bytes]:
        return {name: await self.get(name) for name in set(names)}


class FileBlobs(Blobs):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, data: bytes) -> str:
        return (await self.put_all([data]))[0]

    async def get(self, name: str) -> bytes:
        with telling_files():
            return await asyncio.to_thread(self._read, name)

    async def put_all(self, many: Iterable[bytes]) -> list[str]:
        with telling_files():
            return await asyncio.to_thread(self._write_all, list(many))

    async def get_all(self, names: Iterable[str]) -> dict[str, bytes]:
        with telling_files():
            return await asyncio.to_thread(lambda: {name: self._read(name) for name in set(names)})

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:]

    def _write_all(self, many: Sequence[bytes]) -> list[str]:
        names = [self._write(data) for data in many]
        if not names:
            return names
        for folder in {self._folder, *(self._path(name).parent for name in names)}:
            _sync_folder(folder)  # a name is safe only when its folder is
        return names

    def _write(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        path = self._path(name)
        if path.exists():
            return name
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as sink:
                sink.write(data)
                sink.flush()
                os.fsync(sink.fileno())
            kill.point("in-blob")
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return name

    def _read(self, name: str) -> bytes:
        try:
            data = self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(kind="blob") from error
        return _checked(name, data)


class DatabaseBlobs(Blobs):
    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        try:
            async with self._engines.writing() as connection:
                found = (await connection.execute(select(table.c.sha256).where(table.c.sha256 == name))).first()
                if found is None:
                    await connection.execute(table.insert().values(sha256=name, bytes=data))
        except IntegrityError:
            pass  # another process wrote the same bytes in the same moment
        return name

    async def get(self, name: str) -> bytes:
        async with self._engines.reading() as connection:
            found = (await connection.execute(select(table.c.bytes).where(table.c.sha256 == name))).first()
        if found is None:
            raise NotFound(kind="blob")
        return _checked(name, bytes(found[0]))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checked(name: str, data: bytes) -> bytes:
    if sha256(data).hexdigest() != name:
        raise OurFault(what="blob_damaged")
    return data
