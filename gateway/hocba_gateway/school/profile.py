"""The school's own data, which stands in each of its transcripts (S8). What is missing is named."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from hocba_gateway.school.reading.classname import Level

Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=150)]


def _digits(pattern: str) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, pattern=f"^({pattern})?$")


def _bare(number: object) -> object:
    """A branch's number is written 0101234567-001; records hold its digits."""
    return number.replace("-", "").replace(" ", "") if isinstance(number, str) else number


class SchoolProfile(BaseModel):
    """Empty is "not given yet"; what is given has the form of the national data dictionary."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Code = ""
    """Mã trường: code of the department, of the commune, and a serial number."""
    name: Line = ""
    department_code: Annotated[str, _digits(r"\d{2}")] = ""
    department_name: Line = ""
    commune_code: Annotated[str, _digits(r"\d{5}")] = ""
    commune: Line = ""
    province_code: Annotated[str, _digits(r"\d{2}")] = ""
    province: Line = ""
    place: Line = ""
    """Địa danh: where transcripts are issued, "Nam Sơn"."""
    ownership: Literal["", "public", "private"] = ""
    """A public school's seal chains to the government PKI, a private one's to a public CA."""
    tax_number: Annotated[str, BeforeValidator(_bare), _digits(r"\d{10}(\d{3})?")] = ""
    """Digits only, 10 or 13; compared with the seal certificate's."""
    levels: tuple[Level, ...] = ()

    def missing(self) -> list[str]:
        """What a person must still give, in Vietnamese; stops A1 and T1 while not empty."""
        return [words for field, words in _WORDS.items() if not getattr(self, field)]


_WORDS: Final = {
    "code": "Mã trường",
    "name": "Tên trường",
    "department_code": "Mã Sở GD&ĐT",
    "department_name": "Tên Sở GD&ĐT",
    "commune_code": "Mã xã/phường",
    "commune": "Tên xã/phường",
    "province_code": "Mã tỉnh/thành phố",
    "province": "Tên tỉnh/thành phố",
    "place": "Địa danh",
    "ownership": "Loại hình trường (công lập, tư thục)",
    "tax_number": "Mã số thuế",
    "levels": "Cấp học",
}
