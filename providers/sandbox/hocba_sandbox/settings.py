"""How the pretend vendor behaves: every capability that the contract knows is a setting here.

The plugin and its simulator read the same settings, so that what is promised is what is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from hocba_core.errors import SettingWrong
from hocba_core.plugin_settings import SettingsReader
from hocba_core.provider import Approval, Completion, Json, KeyKind, LoginChallenge
from hocba_core.secret import Secret

KEY: Final = "sandbox"
_PLUGIN: Final = f"providers.{KEY}"
SWITCH: Final = "HOCBA_SANDBOX"
"""Environment variable that the demo and the tests set; without it the plugin refuses to start."""
_YES_NO: Final = ("no", "yes")
CLIENT_SECRET: Final = "throw-away"  # noqa: S105 - the sandbox's own account, good for nothing


@dataclass(frozen=True, slots=True)
class Behaviour:
    approval: Approval = Approval.PHONE
    completion: Completion = Completion.POLL
    key_kind: KeyKind = KeyKind.RSA
    login_challenge: LoginChallenge | None = None
    verification_code: bool = False
    finds: bool = True
    """Answers for a request by our reference, so that a lost answer to start() can be found again."""
    batch_limit: int | None = 50
    lifetime: timedelta = timedelta(seconds=180)
    poll_every: timedelta = timedelta(seconds=1)

    def to_settings(self) -> dict[str, Any]:
        return {
            "approval": self.approval.value,
            "completion": self.completion.value,
            "key_kind": self.key_kind.value,
            "login_challenge": self.login_challenge.value if self.login_challenge else "none",
            "verification_code": _YES_NO[self.verification_code],
            "finds": _YES_NO[self.finds],
            "batch_limit": self.batch_limit or 0,
            "lifetime_seconds": self.lifetime.total_seconds(),
            "poll_seconds": self.poll_every.total_seconds(),
        }

    @staticmethod
    def read(reader: SettingsReader) -> Behaviour:
        challenge = reader.one_of("login_challenge", "none", ("none", *LoginChallenge))
        return Behaviour(
            approval=Approval(reader.one_of("approval", "phone", tuple(Approval))),
            completion=Completion(reader.one_of("completion", "poll", tuple(Completion))),
            key_kind=KeyKind(reader.one_of("key_kind", "rsa", tuple(KeyKind))),
            login_challenge=None if challenge == "none" else LoginChallenge(challenge),
            verification_code=reader.one_of("verification_code", "no", _YES_NO) == "yes",
            finds=reader.one_of("finds", "yes", _YES_NO) == "yes",
            batch_limit=reader.whole("batch_limit", 50, low=0, high=10_000) or None,
            lifetime=timedelta(seconds=reader.seconds("lifetime_seconds", 180, low=1, high=3600)),
            poll_every=timedelta(seconds=reader.seconds("poll_seconds", 1, low=0.01, high=60)),
        )


@dataclass(frozen=True, slots=True)
class Settings:
    base_url: str
    client_secret: Secret = field(repr=False)
    answer_seconds: float
    behaviour: Behaviour

    @staticmethod
    def read(values: Json, environment: Mapping[str, str]) -> Settings:
        """Raises SettingWrong naming the key and the rule, and always outside demo and tests."""
        if environment.get(SWITCH) != "1":
            raise SettingWrong(setting=_PLUGIN, rule=f"for demo and tests only, where {SWITCH}=1 is set")
        reader = SettingsReader(_PLUGIN, values)
        settings = Settings(
            base_url=reader.text("base_url"),
            client_secret=reader.secret("client_secret"),
            answer_seconds=reader.seconds("answer_seconds", 30, low=0.05, high=600),
            behaviour=Behaviour.read(reader),
        )
        reader.done()
        return settings


def key_of(name: str) -> str:
    return f"{_PLUGIN}.{name}"
