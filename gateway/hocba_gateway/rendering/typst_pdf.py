"""What typst writes -> the one shape of our PDF files (core, pades/layout), with the seal's planned field.

The form's third page has the seal's size: its content becomes the field's appearance, so the seal is set with
the same fonts and by the same engine as the rest. Lives on typst's plain output (one cross-reference table,
no object streams); anything else is our fault, and a test says so when typst is upgraded.
"""

from __future__ import annotations

import re

from hocba_core.errors import OurFault
from hocba_core.pades import field as seal
from hocba_core.pades.field import Place

_TAIL = re.compile(
    rb"xref\n0 (\d+)\n((?:\d{10} \d{5} [nf] ?\r?\n)+)trailer\n"
    rb"<<[^<>]*/Root (\d+) 0 R/Info (\d+) 0 R.*?>>\nstartxref\n\d+\n%%EOF\s*$",
    re.DOTALL,
)
_ENTRY = re.compile(rb"(\d{10}) \d{5} n")
_KIDS = re.compile(rb"/Count 3/Kids\[(\d+) 0 R (\d+) 0 R (\d+) 0 R\]")
_PAGE = re.compile(rb"<</Type/Page/Resources (\d+) 0 R/MediaBox\[([0-9. ]+)\]/Parent \d+ 0 R/Contents (\d+) 0 R>>")
_STREAM = b"\nstream\n"


def with_planned_field(pdf: bytes, place: Place) -> bytes:
    """The first two pages of typst's three, and the third as the appearance of an empty field on the second."""
    bodies, root, info = _objects(pdf)
    tree = next((number for number, body in enumerate(bodies) if b"/Type/Pages" in body and _KIDS.search(body)), None)
    if tree is None:
        raise OurFault(what="typst-pages")
    kids = _KIDS.search(bodies[tree])
    assert kids is not None  # it was found above
    first, second, third = (int(kid) for kid in kids.groups())
    page = _PAGE.fullmatch(bodies[third - 1])
    if page is None:
        raise OurFault(what="typst-page")
    resources, box, contents = int(page[1]), page[2], int(page[3])
    bodies[tree] = _KIDS.sub(b"/Count 2/Kids[%d 0 R %d 0 R]" % (first, second), bodies[tree])
    dictionary, _, stream = bodies[contents - 1].partition(_STREAM)
    extra = b"/Type/XObject/Subtype/Form/BBox[%b]/Resources %d 0 R>>" % (box, resources)
    bodies[contents - 1] = dictionary[:-2] + extra + _STREAM + stream
    return seal.plan(bodies, root, info, page=second, field=third, appearance=contents, place=place)


def _objects(pdf: bytes) -> tuple[list[bytes], int, int]:
    """Bodies of objects 1 … n, and the numbers of catalog and information dictionary."""
    tail = _TAIL.search(pdf, pdf.rfind(b"\nxref\n") + 1)
    if tail is None:
        raise OurFault(what="typst-xref")
    offsets = [int(entry) for entry in _ENTRY.findall(tail[2])]
    if not offsets or len(offsets) != int(tail[1]) - 1 or offsets != sorted(offsets):
        raise OurFault(what="typst-xref")
    bodies = []
    for number, (start, end) in enumerate(zip(offsets, [*offsets[1:], tail.start()], strict=True), 1):
        text = pdf[start:end].rstrip(b"\r\n")
        head = b"%d 0 obj\n" % number
        if not text.startswith(head) or not text.endswith(b"\nendobj"):
            raise OurFault(what="typst-object")
        bodies.append(text[len(head) : -len(b"\nendobj")])
    return bodies, int(tail[3]), int(tail[4])
