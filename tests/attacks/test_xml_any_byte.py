"""No byte of a signed record can be changed, added or taken away: each of them is covered by some rule."""

from __future__ import annotations

import pytest
from hocba_core.testing.forge import Workshop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.feature("V2")
@FEW
@given(where=st.floats(0, 1, exclude_max=True), by=st.integers(1, 255))
def test_any_changed_byte_is_caught(where: float, by: int, workshop: Workshop) -> None:
    record = bytearray(workshop.record)
    at = int(where * len(record))
    record[at] ^= by

    assert workshop.rules_broken(bytes(record))


@pytest.mark.feature("V2")
@FEW
@given(
    where=st.floats(0, 1),
    added=st.one_of(st.sampled_from([b" ", b"\n", b"\t", b"=", b"/", b">"]), st.binary(min_size=1)),
)
def test_any_added_byte_is_caught(where: float, added: bytes, workshop: Workshop) -> None:
    record = workshop.record
    at = int(where * len(record))

    assert workshop.rules_broken(record[:at] + added + record[at:])


@pytest.mark.feature("V2")
@FEW
@given(where=st.floats(0, 1, exclude_max=True), count=st.integers(1, 8))
def test_any_removed_byte_is_caught(where: float, count: int, workshop: Workshop) -> None:
    record = workshop.record
    at = int(where * len(record))

    assert workshop.rules_broken(record[:at] + record[at + count :])


@pytest.mark.feature("V2")
@FEW
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_changed_bit_of_the_seal_is_caught(where: float, bit: int, workshop: Workshop) -> None:
    """The seal comes last: its own value and certificates stand outside every reference."""
    record = bytearray(workshop.record)
    start = record.index(b"<KY_PHAT_HANH")
    record[start + int(where * (len(record) - start))] ^= 1 << bit

    assert workshop.rules_broken(bytes(record))
