"""pytest's entry point: full assertion detail for the conformance kits. Keep it light, every run loads it."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    "hocba_core.testing.conformance",
    "hocba_core.testing.conformance_line",
    "hocba_core.testing.portal_conformance",
    "hocba_core.testing.portal_stage",
)
