"""What an administrator sets, checked key by key. The README says where each value comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from hocba_core.plugin_settings import SettingsReader
from hocba_core.provider import Json
from hocba_core.secret import Secret

KEY: Final = "viettel_mysign"
_PLUGIN: Final = f"providers.{KEY}"

PRODUCTION: Final = "https://remotesigning.viettel.vn"
RSA: Final = "1.2.840.113549.1.1.1"
SHA256_WITH_RSA: Final = "1.2.840.113549.1.1.11"


@dataclass(frozen=True, slots=True)
class Settings:
    base_url: str
    client_id: str
    client_secret: Secret = field(repr=False)
    profile_id: str
    check_user_id: str = field(repr=False)
    """With whom check() tries our account; without one, a user who cannot exist."""
    batch_limit: int
    """Viettel publishes no limit; a class fits in one confirmation with this one."""
    sign_algorithm: str
    """OID for `signAlgo`; both are seen in working clients."""
    poll_every: timedelta
    lifetime: timedelta
    """Assumed: the 183 s that clients of the blocking call wait are the only hint."""
    connect_seconds: float
    answer_seconds: float
    ca_file: Path | None

    @staticmethod
    def read(values: Json) -> Settings:
        """Raises SettingWrong naming the key and the rule."""
        reader = SettingsReader(_PLUGIN, values)
        settings = Settings(
            base_url=reader.text("base_url", PRODUCTION),
            client_id=reader.text("client_id"),
            client_secret=reader.secret("client_secret"),
            profile_id=reader.text("profile_id", "adss:ras:profile:001"),
            check_user_id=reader.text("check_user_id", ""),
            batch_limit=reader.whole("batch_limit", 50, low=1, high=1000),
            sign_algorithm=reader.one_of("sign_algorithm", RSA, (RSA, SHA256_WITH_RSA)),
            poll_every=timedelta(seconds=reader.seconds("poll_seconds", 3.0, low=0.02, high=30)),
            lifetime=timedelta(seconds=reader.seconds("lifetime_seconds", 180.0, low=10, high=900)),
            connect_seconds=reader.seconds("connect_seconds", 5.0, low=0.1, high=30),
            answer_seconds=reader.seconds("answer_seconds", 30.0, low=0.1, high=300),
            ca_file=reader.file("ca_file"),
        )
        reader.done()
        return settings


def key_of(name: str) -> str:
    """A setting's full name, for errors."""
    return f"{_PLUGIN}.{name}"
