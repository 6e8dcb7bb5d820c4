"""The whole kit, against Viettel's simulator."""

from __future__ import annotations

import pytest
from hocba_core.testing.conformance import ProviderConformance
from hocba_viettel_mysign.provider import ViettelMySign
from hocba_viettel_mysign.simulator import Simulator

pytestmark = [pytest.mark.feature("P1"), pytest.mark.feature("P8"), pytest.mark.feature("P9")]


class TestViettelMySign(ProviderConformance):
    provider = ViettelMySign
    fake = Simulator
