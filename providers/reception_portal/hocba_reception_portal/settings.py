"""What the department's administrator sets, checked key by key; what is a guess about the portal is a setting too."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hocba_core.plugin_settings import SettingsReader
from hocba_core.provider import Json
from hocba_core.secret import Secret

KEY: Final = "reception_portal"
_PLUGIN: Final = f"portals.{KEY}"
_YES_NO: Final = ("yes", "no")
_MOST_RECORDS: Final = 50
"""What the form of a package holds (hocba_core.package, which needs more libraries than a connector does)."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the portal's operations live, below base_url. All are guesses until a portal says otherwise."""

    token: str
    send: str
    receipts: str
    """The receipt's id is added after a slash."""
    search: str
    recall: str
    """The recall's id is added after a slash to ask for its state."""


@dataclass(frozen=True, slots=True)
class Settings:
    base_url: str
    client_id: str
    client_secret: Secret = field(repr=False)
    scope: str
    paths: Paths
    key_header: str
    """Header that carries the idempotency key."""
    sealed_packages: bool
    records_per_package: int
    search: bool
    recall: bool
    connect_seconds: float
    answer_seconds: float
    """A class is some megabytes, and a portal may check it before it answers."""
    ca_file: Path | None

    @staticmethod
    def read(values: Json) -> Settings:
        """Raises SettingWrong naming the key and the rule."""
        reader = SettingsReader(_PLUGIN, values)
        settings = Settings(
            base_url=reader.text("base_url"),
            client_id=reader.text("client_id"),
            client_secret=reader.secret("client_secret"),
            scope=reader.text("scope", ""),
            paths=Paths(
                token=_path(reader, "token_path", "/token"),
                send=_path(reader, "send_path", "/hocba"),
                receipts=_path(reader, "receipt_path", "/receipts"),
                search=_path(reader, "search_path", "/hocba/tra-cuu"),
                recall=_path(reader, "recall_path", "/thu-hoi"),
            ),
            key_header=reader.text("idempotency_header", "Idempotency-Key"),
            sealed_packages=reader.one_of("sealed_packages", "yes", _YES_NO) == "yes",
            records_per_package=reader.whole("records_per_package", _MOST_RECORDS, low=1, high=_MOST_RECORDS),
            search=reader.one_of("search", "yes", _YES_NO) == "yes",
            recall=reader.one_of("recall", "yes", _YES_NO) == "yes",
            connect_seconds=reader.seconds("connect_seconds", 5.0, low=0.1, high=30),
            answer_seconds=reader.seconds("answer_seconds", 60.0, low=0.1, high=300),
            ca_file=reader.file("ca_file"),
        )
        reader.done()
        return settings


def _path(reader: SettingsReader, name: str, default: str) -> str:
    value = reader.text(name, default)
    if not value.startswith("/") or value.endswith("/") or any(letter in value for letter in "?# "):
        raise reader.wrong(name, "a path such as /hocba, without a query")
    return value


def key_of(name: str) -> str:
    """A setting's full name, for errors."""
    return f"{_PLUGIN}.{name}"
