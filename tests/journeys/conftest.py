"""The command as a person runs it, on the school that ships with the package and on others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hocba_gateway.testing import sample_workbooks
from hocba_gateway.testing.command import Ran, demo, written


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The school that ships with the package, three pupil rows of each class; the second run into the same folder."""
    out = tmp_path_factory.mktemp("demo") / "out"
    for _ in range(2):
        done = demo(out, "--limit-pupils", "3")
        assert done.code == 0, done.said
    return done


@pytest.fixture
def primary_school(tmp_path: Path) -> Path:
    return written(tmp_path / "tieu-hoc", sample_workbooks.primary_school())


@pytest.fixture
def upper_secondary_school(tmp_path: Path) -> Path:
    return written(tmp_path / "thpt", sample_workbooks.upper_school())
