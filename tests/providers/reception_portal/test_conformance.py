"""The whole kit for portals, against the reception portal's simulator."""

from __future__ import annotations

import pytest
from hocba_core.testing.portal_conformance import PortalConformance
from hocba_reception_portal.connector import ReceptionPortal
from hocba_reception_portal.simulator import Simulator

pytestmark = [pytest.mark.feature("P11"), pytest.mark.feature("P9")]


class TestReceptionPortal(PortalConformance):
    connector = ReceptionPortal
    fake = Simulator
