from __future__ import annotations

from collections.abc import Iterator

import pytest
from hocba_sandbox.settings import SWITCH


@pytest.fixture(autouse=True)
def sandbox_is_allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(SWITCH, "1")
    yield
