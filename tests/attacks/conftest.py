"""A school's signed record for attackers to work on. Made once: keys are slow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hocba_core.testing.forge import Workshop
from hocba_core.testing.sample import Signers

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def signers() -> Signers:
    return Signers.create(NOW)


@pytest.fixture(scope="session")
def workshop(signers: Signers) -> Workshop:
    """Lower secondary, three subject teachers: six signatures."""
    made = Workshop.open(signers)
    assert made.rules_broken(made.record) == set()
    return made
