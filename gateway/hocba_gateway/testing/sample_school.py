"""The profile of an invented public school that lacks nothing; its codes start with 99, which nobody has."""

from __future__ import annotations

from hocba_gateway.school.profile import SchoolProfile

SCHOOL_PROFILE = SchoolProfile(
    code="9999001001",
    name="Trường THCS Mẫu",
    department_code="99",
    department_name="Sở Mẫu",
    commune_code="99001",
    commune="Phường Nam Sơn",
    province_code="99",
    province="Tỉnh Mẫu",
    place="Nam Sơn",
    ownership="public",
    tax_number="9900000019",
    levels=("THCS",),
)
