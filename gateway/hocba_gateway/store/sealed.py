"""Secrets at rest: vendor settings and sessions, encrypted with a key that the operator holds.

Keys come from a file or the environment, newest first; older ones still open what they sealed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from hocba_core.errors import OurFault, SettingWrong


class Sealer:
    def __init__(self, keys: list[bytes]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise SettingWrong(setting="secret_key", rule="one Fernet key (44 characters) a line") from error

    @staticmethod
    def load(key_file: Path | None, environment: Mapping[str, str]) -> Sealer:
        """From the file, else from HOCBA_SECRET_KEY. Raises SettingWrong where there is neither."""
        try:
            text = key_file.read_text() if key_file else environment.get("HOCBA_SECRET_KEY", "")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingWrong(setting="key_file", rule=f"a file that can be read: {error}") from error
        keys = [line.strip().encode() for line in text.splitlines() if line.strip()]
        if not keys:
            raise SettingWrong(setting="secret_key", rule="a key file or HOCBA_SECRET_KEY must be given")
        return Sealer(keys)

    @staticmethod
    def make_key_file(path: Path) -> None:
        """A fresh key, readable by its owner only; keeps one that is already there. Raises SettingWrong."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return  # also when two make it at once: the first one's counts
        except OSError as error:
            raise SettingWrong(setting="key_file", rule=f"a file that can be written: {error}") from error
        with os.fdopen(handle, "wb") as sink:
            sink.write(Fernet.generate_key() + b"\n")

    def seal(self, value: Mapping[str, Any]) -> bytes:
        return self._fernet.encrypt(json.dumps(value).encode())

    def open(self, sealed: bytes) -> dict[str, Any]:
        """Raises OurFault when no key fits."""
        try:
            value = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise OurFault(what="secret_key_does_not_fit") from error
        assert isinstance(value, dict)
        return value
