"""S8: the school's own data, and what of it is still missing."""

from __future__ import annotations

import pytest
from hocba_core.errors import BadInput, Conflict, Incomplete
from hocba_gateway.school.profile import SchoolProfile
from hocba_gateway.school.profile_row import load_profile_of_school, require_profile, save_profile
from hocba_gateway.store import schema
from pydantic import ValidationError

pytestmark = pytest.mark.feature("S8")


def test_nothing_given_names_everything():
    missing = SchoolProfile().missing()
    assert len(missing) == 12
    assert {"Mã trường", "Mã số thuế", "Địa danh", "Mã Sở GD&ĐT"} <= set(missing)


def test_a_whole_profile_lacks_nothing(school_profile):
    assert school_profile.missing() == []


@pytest.mark.parametrize(
    "wrong",
    [{"department_code": "9"}, {"commune_code": "123"}, {"tax_number": "123"}, {"ownership": "state"},
     {"levels": ["MN"]}, {"name": "x" * 151}, {"unknown": "x"}],
)  # fmt: skip
def test_what_has_not_the_national_form_is_refused(wrong):
    with pytest.raises(ValidationError):
        SchoolProfile(**wrong)


def test_a_branchs_tax_number_is_kept_as_digits():
    assert SchoolProfile(tax_number="9900000019-001").tax_number == "9900000019001"


async def test_it_is_saved_and_stops_what_needs_it(school, school_profile):
    half = school_profile.model_copy(update={"tax_number": "", "place": ""})
    async with school.write() as tx:
        await save_profile(tx, half, "qtv")
        assert await load_profile_of_school(tx) == half
        with pytest.raises(Incomplete) as refusal:
            await require_profile(tx)
        assert refusal.value.facts["missing"] == ["Địa danh", "Mã số thuế"]
        await save_profile(tx, school_profile, "qtv")
        assert await require_profile(tx) == school_profile


async def test_a_code_belongs_to_one_school(school, store, school_profile):
    async with store.across_schools(write=True) as connection:
        row = {"id": "x", "department_id": "so", "code": "1", "name": "Khác", "profile": {}, "created_at": 0}
        await connection.execute(schema.schools.insert(), [row])
    async with school.write() as tx:
        with pytest.raises(Conflict):
            await save_profile(tx, school_profile.model_copy(update={"code": "1"}), "qtv")
        with pytest.raises(BadInput):
            await save_profile(tx, school_profile.model_copy(update={"name": ""}), "qtv")
