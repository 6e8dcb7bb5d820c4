"""Reads a plugin's settings from JSON and blames the right key in words an administrator can act on."""

from __future__ import annotations

from pathlib import Path

from hocba_core.errors import SettingWrong
from hocba_core.provider import Json
from hocba_core.secret import Secret


class SettingsReader:
    """Take each setting once, then done(), which refuses names that nobody took (a typing mistake)."""

    def __init__(self, plugin: str, values: Json) -> None:
        """`plugin` as it stands in front of every key, such as "providers.viettel_mysign"."""
        self._plugin = plugin
        self._left = dict(values)

    def key(self, name: str) -> str:
        return f"{self._plugin}.{name}"

    def wrong(self, name: str, rule: str) -> SettingWrong:
        return SettingWrong(setting=self.key(name), rule=rule)

    def text(self, name: str, default: str | None = None) -> str:
        """No default: the setting must be there and not be empty."""
        value = self._left.pop(name, default)
        if not isinstance(value, str):
            raise self.wrong(name, "required, a text" if value is None else "a text")
        value = value.strip()
        if not value and default is None:
            raise self.wrong(name, "required, not empty")
        return value

    def secret(self, name: str) -> Secret:
        value = self._left.pop(name, None)
        if isinstance(value, Secret):
            value = value.reveal()
        if not isinstance(value, str) or not value:
            raise self.wrong(name, "required, not empty")
        return Secret(value)

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self._left.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(name, f"a whole number from {low} to {high}")
        return value

    def seconds(self, name: str, default: float, *, low: float, high: float) -> float:
        value = self._left.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.wrong(name, f"seconds, from {low:g} to {high:g}")
        return float(value)

    def one_of(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self._left.pop(name, default)
        if value not in allowed:
            raise self.wrong(name, f"one of {', '.join(allowed)}")
        return str(value)

    def file(self, name: str) -> Path | None:
        """None when it is not set."""
        value = self.text(name, "")
        if not value:
            return None
        path = Path(value)
        if not path.is_file():
            raise self.wrong(name, "a file that exists")
        return path

    def done(self) -> None:
        for name in self._left:
            raise self.wrong(name, "unknown setting")
