"""Reads the seal out of a PDF of our shape, or says in which way its form is not ours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hocba_core.pades import field as seal
from hocba_core.pades import layout as shape
from hocba_core.pades.layout import Layout

_TIME = rb"([0-9]{14})"
_TEXT = rb"(<FEFF(?:[0-9A-F]{4}){0,200}>)"
_SIGNATURE = re.compile(
    re.escape(seal.signature_start(b"@TIME@", b"@NAME@")).replace(b"@TIME@", _TIME).replace(b"@NAME@", _TEXT)
    + rb"(<[0-9a-f]*>)/ByteRange\[([0-9]{1,10}) ([0-9]{1,10}) ([0-9]{1,10}) ([0-9]{1,10})\] *>>"
)
_APPEARANCE = re.compile(rb"/AP<</N ([0-9]{1,4}) 0 R>>")
_TREE = re.compile(rb"/Count 2/Kids\[([0-9]{1,4}) 0 R ([0-9]{1,4}) 0 R\]")
_PAGES = re.compile(rb"/Pages ([0-9]{1,4}) 0 R")
_BOX = re.compile(rb"/MediaBox\[0 0 ([0-9.]{1,12}) ([0-9.]{1,12})\]")
# on one line only: a bracket left open in one object must not hide the names of the next
_STRING = re.compile(rb"\((?:[^()\\\n]|\\.)*\)")
_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]*)")
_SMALLEST_POINTS = 20.0

FORBIDDEN = frozenset(
    b"A AA Alternates Collection EF EmbeddedFile EmbeddedFiles Encrypt Filespec GoToE GoToR ImportData JS JavaScript "
    b"Launch Movie Names OCG OCProperties OPI ObjStm OpenAction PS Prev Ref Rendition ResetForm RichMedia Screen Sound "
    b"SubmitForm URI XFA XRef XRefStm".split()
)
"""Names that no form of ours has: they act, reach outside, hide content or bring a second structure."""


_ONCE = (b"/Type/Catalog", b"/AcroForm", b"/Perms", b"/Kids", b"/Widget", b"/Type/Pages")
"""Readers differ in which of two they take."""


class SealFormError(Exception):
    """`rule` of texts.py, and what completes its text."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ReadSeal:
    """What the signature dictionary says; nothing of it is believed yet."""

    time: bytes
    """YYYYMMDDHHMMSS, UTC."""
    contents: bytes = field(repr=False)
    """The CMS, without the zeros that follow it."""
    hole_at: int
    """Everything before this offset is covered,"""
    hole_end: int
    """and everything from this one on."""


def read_seal(layout: Layout) -> ReadSeal:
    """Raises SealFormError, NotOurShape."""
    heads = shape.check_objects(layout)
    everything = b"\n".join(heads)
    _no_forbidden_content(everything)
    number = layout.count
    if heads[number - 1] == b"null" or b"/ByteRange" not in everything:
        raise SealFormError("pdf_no_signature")
    if everything.count(b"/ByteRange") > 1 or everything.count(b"/FT/Sig") > 1:
        raise SealFormError("pdf_many_signatures")
    if everything.count(b"/Annots") != 1:
        raise SealFormError("pdf_content", "chú thích ngoài ô chữ ký")
    if any(everything.count(name) != 1 for name in _ONCE):
        raise SealFormError("pdf_content", "hai cấu trúc trong một tệp")
    _field(layout, heads, number)
    match = _SIGNATURE.fullmatch(heads[number - 1])
    if match is None:
        raise SealFormError("pdf_form", _signature_trouble(heads[number - 1]))
    at = layout.body_at(number)
    hole_at, hole_end = at + match.start(3), at + match.end(3)
    covered = [int(group) for group in match.groups()[3:7]]
    if covered != [0, hole_at, hole_end, len(layout.pdf) - hole_end]:
        raise SealFormError("pdf_byte_range", _range_trouble(covered, hole_at, hole_end, len(layout.pdf)))
    if seal.signature_end(covered) != heads[number - 1][match.end(3) :]:
        raise SealFormError("pdf_form", "phạm vi ký")
    return ReadSeal(match[1], _contents(match[3]), hole_at, hole_end)


def _contents(hole: bytes) -> bytes:
    """The DER value that the hole begins with; after it only zeros."""
    if len(hole) % 2:
        raise SealFormError("pdf_form", "giá trị chữ ký")
    data = bytes.fromhex(hole[1:-1].decode())
    if not any(data):
        raise SealFormError("pdf_form", "giá trị chữ ký để trống")
    size = data[1:6]
    count = size[0] & 0x7F if size and size[0] & 0x80 else 0
    length = int.from_bytes(size[1 : 1 + count]) + 2 + count if count else (size[0] if size else 0) + 2
    if length > len(data) or any(data[length:]):
        raise SealFormError("pdf_form", "giá trị chữ ký")
    return data[:length]


def _field(layout: Layout, heads: list[bytes], signature: int) -> None:
    """The one field, on one of the two pages, seen and inside the page; the catalog names it and the certification."""
    catalog = heads[layout.root - 1]
    field_number = seal.field_number(catalog)
    if not field_number or not catalog.endswith(seal.catalog_end(field_number, signature)):
        raise SealFormError("pdf_form", "biểu mẫu chữ ký trong tệp")
    tree = _PAGES.search(catalog)
    pages = _TREE.search(heads[_number(tree, layout) - 1]) if tree else None
    if pages is None:
        raise SealFormError("pdf_content", "số trang khác mẫu học bạ")
    kids = [_number(pages, layout, 1), _number(pages, layout, 2)]
    widgets = [kid for kid in kids if b"/Annots[%d 0 R]" % field_number in heads[kid - 1]]
    if len(widgets) != 1 or kids[0] == kids[1]:
        raise SealFormError("pdf_content", "chú thích ngoài ô chữ ký")
    widget = heads[field_number - 1]
    appearance = _APPEARANCE.search(widget)
    box = _BOX.search(heads[widgets[0] - 1])
    if appearance is None or box is None:
        raise SealFormError("pdf_form", "ô chữ ký")
    match = seal.field_pattern(widgets[0], _number(appearance, layout), signature).fullmatch(widget)
    if match is None or b"/Subtype/Form" not in heads[_number(appearance, layout) - 1]:
        raise SealFormError("pdf_form", "ô chữ ký")
    left, bottom, right, top = (float(group) for group in match.groups())
    inside = right <= float(box[1]) and top <= float(box[2])
    if not inside or right - left < _SMALLEST_POINTS or top - bottom < _SMALLEST_POINTS:
        raise SealFormError("pdf_form", "ô chữ ký bị che hoặc nằm ngoài trang")


def _number(match: re.Match[bytes], layout: Layout, group: int = 1) -> int:
    number = int(match[group])
    if not 1 <= number <= layout.count:
        raise SealFormError("pdf_parse", "đối tượng không tồn tại")
    return number


def _no_forbidden_content(text: bytes) -> None:
    bare = _STRING.sub(b"", text)
    if b"(" in bare or b")" in bare:
        raise SealFormError("pdf_content", "chuỗi ký tự không đóng")
    for name in set(_NAME.findall(bare)):
        if b"#" in name or name in FORBIDDEN:
            raise SealFormError("pdf_content", name.decode("ascii", "replace")[:24])


def _signature_trouble(body: bytes) -> str:
    if b"/SubFilter/ETSI.CAdES.detached" not in body:
        return "kiểu chữ ký không phải ETSI.CAdES.detached"
    if b"/ByteRange" not in body or not re.search(rb"/ByteRange\[\d+ \d+ \d+ \d+\]", body):
        return "phạm vi ký"
    if b"/Contents<" not in body:
        return "thiếu giá trị chữ ký"
    return "đối tượng chữ ký"


def _range_trouble(covered: list[int], hole_at: int, hole_end: int, size: int) -> str:
    start, length, after, rest = covered
    if start != 0:
        return "không bắt đầu từ đầu tệp"
    if (length, after) != (hole_at, hole_end):
        return "phần bỏ qua không đúng bằng giá trị chữ ký"
    return "có phần cuối tệp không được ký" if after + rest < size else "vượt quá cuối tệp"
