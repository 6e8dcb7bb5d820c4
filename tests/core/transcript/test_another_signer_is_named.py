"""T23: another person signs a slot; what others sign reads as before."""

from __future__ import annotations

import pytest
from hocba_core.errors import NotFound
from hocba_core.testing.sample import sample_content
from hocba_core.transcript.content import Person
from hocba_core.transcript.profile import all_profiles, load_profile
from hocba_core.transcript.record import Skeleton, build, read_skeleton
from hocba_core.transcript.route import SlotKind
from hocba_core.transcript.signer import with_signer

NEW = Person("Tạ Thị <Mới> & Con", "099999999998", "Phó hiệu trưởng")
pytestmark = pytest.mark.feature("T23")


def make_skeleton(profile: str) -> Skeleton:
    return build(sample_content(profile), load_profile(profile))


@pytest.mark.parametrize("profile", [profile.key for profile in all_profiles()])
def test_only_that_signer_changes(profile):
    before = make_skeleton(profile)
    for slot in before.slots:
        if slot.kind is SlotKind.SEAL:
            continue
        after = with_signer(before, slot.id, NEW)
        assert read_skeleton(after.xml) == after
        assert after.slot(slot.id).number == NEW.number
        assert [one for one in after.slots if one.id != slot.id] == [one for one in before.slots if one.id != slot.id]
        for other in before.slots:
            if other.kind is SlotKind.GVBM and other.id != slot.id:
                assert after.digest(other.id) == before.digest(other.id)
        assert after.digest("gvcn") != before.digest("gvcn")


def test_the_schools_seal_has_no_signer_to_replace():
    with pytest.raises(NotFound):
        with_signer(make_skeleton("thcs_tt22_1"), "phat-hanh", NEW)
    with pytest.raises(NotFound):
        with_signer(make_skeleton("thcs_tt22_1"), "gvbm-99", NEW)
