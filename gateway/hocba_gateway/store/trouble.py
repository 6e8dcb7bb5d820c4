"""What the database or the disk says when it does not take it now, as the one error that people get to read.

Everything else of the database's is a fault in a statement, and stays what it is.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hocba_core.errors import StoreTrouble
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

RETRY_AFTER: Final = 30
"""Seconds that a program is asked to wait: a restart of PostgreSQL, or of its machine's network, is over by then."""

AWAY, BUSY, FULL, READ_ONLY, DAMAGED = "away", "busy", "full", "read_only", "damaged"

_SQLITE: Final = {
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_PERM": READ_ONLY,
    "SQLITE_FULL": FULL,
    "SQLITE_IOERR": DAMAGED,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_CANTOPEN": AWAY,
}
"""By the first two words of SQLite's own name: SQLITE_IOERR_WRITE is an SQLITE_IOERR."""
_POSTGRES: Final = {
    "08": AWAY,  # connection exceptions
    "57P": AWAY,  # shut down, starting up
    "53100": FULL,
    "53": BUSY,  # too many connections, out of memory
    "25006": READ_ONLY,  # a standby, or a server that was told to take no writes
    "40": BUSY,  # deadlock, serialization
    "55P03": BUSY,
    "58": DAMAGED,  # its disk
    "XX001": DAMAGED,
}
"""By the beginning of the SQLSTATE; the first that fits."""
_FILES: Final = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.EROFS: READ_ONLY,
    errno.EACCES: READ_ONLY,
    errno.EPERM: READ_ONLY,
    errno.EIO: DAMAGED,
}


def trouble_of(error: BaseException) -> StoreTrouble | None:
    """None for an error that waiting does not mend."""
    if isinstance(error, StoreTrouble):
        return error
    if isinstance(error, PoolTimeout):
        return _trouble(BUSY)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return _trouble(AWAY)
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        name = "_".join(str(getattr(cause, "sqlite_errorname", "")).split("_")[:2])
        return _trouble(_SQLITE[name]) if name in _SQLITE else None
    state = str(getattr(cause, "sqlstate", None) or "")
    return next((_trouble(reason) for head, reason in _POSTGRES.items() if state.startswith(head)), None)


def no_connection(error: Exception) -> StoreTrouble:
    """Nothing was asked yet, so whatever it is, the database is not to be had."""
    return trouble_of(error) or _trouble(AWAY)


@contextmanager
def telling_files() -> Iterator[None]:
    """Files that cannot be written or read, as StoreTrouble."""
    try:
        yield
    except OSError as error:
        raise _trouble(_FILES.get(error.errno or 0, AWAY)) from error


def _trouble(reason: str) -> StoreTrouble:
    return StoreTrouble(reason=reason, retry_after=RETRY_AFTER)
