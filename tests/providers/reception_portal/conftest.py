from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hocba_core.testing.clock import HandClock
from hocba_core.testing.portal_stage import PortalStage, the_school
from hocba_reception_portal.connector import ReceptionPortal
from hocba_reception_portal.simulator import Simulator


@pytest.fixture
async def stage(clock: HandClock) -> AsyncIterator[PortalStage]:
    """The portal's simulator, a clock, fresh connectors and sealed packages."""
    async with Simulator(clock=clock, trust=the_school().trust) as fake:
        made = PortalStage(ReceptionPortal, fake, clock)
        yield made
        await made.close()
