from __future__ import annotations

import pytest
from hocba_core.testing.clock import HandClock
from hocba_core.testing.sample import Signers


@pytest.fixture(scope="session")
def signers() -> Signers:
    return Signers.create(HandClock()())
