"""Signed records of the three levels, made once, and their PDFs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hocba_core.testing.clock import HandClock
from hocba_core.testing.sample import SCHOOL, TAX_CODE, Signers, signed_record
from hocba_gateway.rendering.render import Renderer, Seal

PROFILES = ("thcs_tt22_1", "thpt_tt22_1", "th_tt27_1")


@pytest.fixture(scope="session")
def signers() -> Signers:
    return Signers.create(HandClock()())


@pytest.fixture(scope="session")
def records(signers: Signers) -> Mapping[str, bytes]:
    return {key: signed_record(signers, key) for key in PROFILES}


@pytest.fixture(scope="session")
def seal(signers: Signers) -> Seal:
    return Seal(SCHOOL, TAX_CODE, signers.now)


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer()


@pytest.fixture(params=PROFILES)
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)
