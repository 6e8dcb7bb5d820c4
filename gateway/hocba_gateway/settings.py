"""One frozen Settings, read once at start from a TOML file. Fails naming the key and the rule.

Relative paths are relative to the file. Secrets are not in it: the key that encrypts vendors' settings and
sessions is in a file of its own or in HOCBA_SECRET_KEY.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from hocba_core.errors import SettingWrong
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str
    """sqlite:///path or postgresql://user@host/name"""
    blobs: Path | Literal["database"] = "database"
    """Folder of the signed files; "database" keeps them in PostgreSQL, for several machines."""
    trust: Path
    """Folder with people-*.pem and seal-*.pem, or a trust.toml (which wins in a folder that has one)."""
    key_file: Path | None = None
    host: str = "127.0.0.1"
    port: Port = 8080
    """0: any free one."""
    providers: tuple[str, ...] = ()
    """Signing plugins that may be used; none is loaded that is not named here."""
    portals: tuple[str, ...] = ()
    public_url: str = ""
    """Address of the gateway as browsers see it, behind its TLS edge. Empty: plain http, for one machine."""
    support: str = ""
    """Hotline and hours in one line, shown on every page."""
    guides: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """Address of the guides for people, linked on every page."""
    lookup_url: str = ""
    """Address that the QR of a printed form leads to; empty: the QR holds uuid and digest."""
    callback_url: str | None = None
    """Where vendors that call back reach this gateway from outside, without the path."""
    render_processes: Annotated[int, Field(ge=1, le=64)] = 1
    mode: Literal["production", "demo"] = "production"
    demo_people: Path | None = None
    """In the demo: a file with the accounts that the log-in page offers."""

    @staticmethod
    def load(path: Path) -> Settings:
        """Raises SettingWrong(setting, rule) for the first thing that is wrong."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingWrong(setting=str(path), rule=str(error)) from error
        try:
            settings = Settings.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise SettingWrong(setting=name, rule=first["msg"]) from error
        if settings.demo_people is not None and settings.mode != "demo":
            raise SettingWrong(setting="demo_people", rule="only in the demo: it holds passwords")
        return settings._based_on(path.parent)

    def _based_on(self, folder: Path) -> Settings:
        paths = {
            name: folder / value
            for name in ("blobs", "trust", "key_file", "demo_people")
            if isinstance(value := getattr(self, name), Path)
        }
        return self.model_copy(update=paths)
