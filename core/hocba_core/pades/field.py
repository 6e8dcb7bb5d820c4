"""The seal's field, planned when the form is made, and its signature: every byte of both.

A planned field is empty and visible. Room for the reference to the signature is kept as spaces, so that prepare()
moves no object, and the signature's own object is the last of the file. The signature certifies (DocMDP,
P 1): a reader warns of any later change. ISO 32000-1 §12.7.4.5, §12.8; ETSI EN 319 142-1 §6.3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hocba_core.errors import Conflict
from hocba_core.pades import layout as shape
from hocba_core.pades.layout import Layout, NotOurShape

FIELD_NAME = b"phat-hanh"
FIELD_TITLE = "Dấu của nhà trường"
REASON = "Phát hành học bạ"

_VALUE_ROOM = 16
_PERMS_ROOM = 32
_PLANNED_FORM = re.compile(rb"/AcroForm<</Fields\[([0-9]{1,4}) 0 R\]/SigFlags 3>> {%d}>>$" % _PERMS_ROOM)
_SIGNED_FORM = re.compile(rb"/AcroForm<</Fields\[([0-9]{1,4}) 0 R\]/SigFlags 3>>/Perms<</DocMDP [0-9]{1,4} 0 R>> *>>$")
_NUMBER = rb"[0-9]{1,4}(?:\.[0-9]{1,2})?"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the seal is seen: points from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class PlannedField:
    """Where prepare() writes."""

    layout: Layout
    signature: int
    """Number of the signature's object, the last one."""
    value_at: int
    perms_at: int


def text_string(text: str) -> bytes:
    """A PDF text string, ISO 32000-1 §7.9.2.2."""
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode() + b">"


def plan(
    bodies: Sequence[bytes], root: int, info: int, *, page: int, field: int, appearance: int, place: Place
) -> bytes:
    """The file with an empty field on `page`. All numbers are of objects; body n is bodies[n-1].

    `appearance` is a form XObject, always shown; `field` an object that the field may take the place of. `page` and
    the catalog `root` must be dictionaries that have no annotations and no form yet.
    """
    objects = list(bodies)
    if any(word in objects[page - 1] + objects[root - 1] for word in (b"/Annots", b"/AcroForm", b"/Perms")):
        raise Conflict(state="has_form", needs="no_form")
    objects[page - 1] = _with(objects[page - 1], b"/Annots[%d 0 R]" % field)
    objects[root - 1] = _with(objects[root - 1], _form(field) + b" " * _PERMS_ROOM)
    rect = b" ".join(_number(value) for value in (place.left, place.bottom, place.right, place.top))
    objects[field - 1] = _field(rect, page, appearance, b" " * _VALUE_ROOM)
    objects.append(b"null")
    return shape.write(objects, root, info)


def read_planned(pdf: bytes) -> PlannedField:
    """Raises Conflict(state="not_planned") when the file has no empty field of ours."""
    try:
        layout = shape.read(pdf)
        signature, catalog = layout.count, layout.body(layout.root)
        form = _PLANNED_FORM.search(catalog)
        if form is None or layout.body(signature) != b"null":
            raise NotOurShape("form")
        field = int(form[1])
        body, value = layout.body(field), b" " * _VALUE_ROOM + b">>"
        if not body.endswith(value):
            raise NotOurShape("field")
    except NotOurShape as error:
        raise Conflict(state="not_planned", needs="an empty signature field") from error
    return PlannedField(
        layout,
        signature,
        layout.body_at(field) + len(body) - len(value),
        layout.body_at(layout.root) + len(catalog) - _PERMS_ROOM - 2,
    )


def value_reference(signature: int) -> bytes:
    return (b"/V %d 0 R" % signature).ljust(_VALUE_ROOM)


def perms_reference(signature: int) -> bytes:
    return (b"/Perms<</DocMDP %d 0 R>>" % signature).ljust(_PERMS_ROOM)


def signature_start(time: bytes, name: bytes) -> bytes:
    """A signature dictionary up to its Contents; `time` as YYYYMMDDHHMMSS in UTC, `name` a PDF text string."""
    return (
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:%bZ)/Name%b/Reason%b/Reference"
        b"[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]/Contents"
    ) % (time, name, text_string(REASON))


def signature_end(byte_range: Sequence[int]) -> bytes:
    """The rest of the dictionary, as long for every range."""
    return (b"/ByteRange[%d %d %d %d]" % tuple(byte_range)).ljust(48) + b">>"


def field_pattern(page: int, appearance: int, signature: int) -> re.Pattern[bytes]:
    """A signed field of ours, with its rectangle as four groups."""
    rect = b" ".join([b"(" + _NUMBER + b")"] * 4)
    mark = b"@RECT@"
    whole = re.escape(_field(mark, page, appearance, value_reference(signature)))
    return re.compile(whole.replace(re.escape(mark), rect))


def catalog_end(field: int, signature: int) -> bytes:
    """How a signed file's catalog ends."""
    return _form(field) + perms_reference(signature) + b">>"


def field_number(catalog: bytes) -> int:
    """Of the one field that a signed file's catalog names; 0 when its form is not ours."""
    form = _SIGNED_FORM.search(catalog)
    return int(form[1]) if form else 0


def _form(field: int) -> bytes:
    # SigFlags 3: there are signatures, and the file may only be appended to
    return b"/AcroForm<</Fields[%d 0 R]/SigFlags 3>>" % field


def _field(rect: bytes, page: int, appearance: int, value: bytes) -> bytes:
    # F 132: printed and locked, as PDF/A wants a widget seen
    return b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%b)/TU%b/F 132/Rect[%b]/P %d 0 R/AP<</N %d 0 R>>%b>>" % (
        FIELD_NAME,
        text_string(FIELD_TITLE),
        rect,
        page,
        appearance,
        value,
    )


def _with(dictionary: bytes, entry: bytes) -> bytes:
    if not dictionary.endswith(b">>"):
        raise NotOurShape("dictionary")
    return dictionary[:-2] + entry + b">>"


def _number(value: float) -> bytes:
    return f"{value:.2f}".rstrip("0").rstrip(".").encode()
