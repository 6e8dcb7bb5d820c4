"""The one shape that our PDF files have: one revision, one plain cross-reference table, nothing between objects.

`%PDF-1.7`, objects 1 … n one after the other, `xref`, `trailer`, `startxref`, `%%EOF`, the end. No object streams,
no earlier revisions, no unused objects, no generation numbers: so every reader sees the same document,
and the tricks that live on differences between readers have no room. ISO 32000-1 §7.5.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
MAX_OBJECTS = 2000

_TAIL = re.compile(
    rb"trailer\n<</Size ([1-9][0-9]{0,3})/Root ([1-9][0-9]{0,3}) 0 R/Info ([1-9][0-9]{0,3}) 0 R"
    rb"/ID\[<([0-9a-f]{32})><([0-9a-f]{32})>\]>>\nstartxref\n([1-9][0-9]{0,9})\n%%EOF\n"
)
_FREE = b"0000000000 65535 f\r\n"
_ENTRY = re.compile(rb"(?:[0-9]{10} 00000 n\r\n)*")
_ENTRY_BYTES = 20
_STREAM = b"\nstream\n"
_STREAM_END = b"\nendstream"
_LENGTH = re.compile(rb"/Length ([0-9]+)(?=[/>])")
_END = b"\nendobj\n"


class NotOurShape(ValueError):
    """The message says where, for a log; it holds nothing of the content."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is in a file of our shape."""

    pdf: bytes = field(repr=False)
    offsets: tuple[int, ...]
    """Of object n at n-1; one more: of the cross-reference table."""
    root: int
    info: int
    tail_at: int
    """Offset of `trailer`."""

    @property
    def count(self) -> int:
        return len(self.offsets) - 1

    @property
    def xref_at(self) -> int:
        return self.offsets[-1]

    def body_at(self, number: int) -> int:
        """Offset of an object's first byte after `n 0 obj`."""
        if not 1 <= number <= self.count:
            raise NotOurShape("reference to nothing")
        return self.offsets[number - 1] + len(b"%d 0 obj\n" % number)

    def body(self, number: int) -> bytes:
        """An object's bytes between `obj` and `endobj`."""
        return self.pdf[self.body_at(number) : self.offsets[number] - len(_END)]

    def head(self, number: int) -> bytes:
        """An object without its stream's data."""
        body = self.body(number)
        at = body.find(_STREAM)
        return body if at < 0 else body[:at]


def write(bodies: Sequence[bytes], root: int, info: int) -> bytes:
    """A file of objects 1 … n. A stream's dictionary must end just before `\\nstream\\n`."""
    parts = [HEADER]
    entries = [b"xref\n0 %d\n" % (len(bodies) + 1), _FREE]
    at = len(HEADER)
    for number, body in enumerate(bodies, 1):
        text = b"%d 0 obj\n%b%b" % (number, body, _END)
        entries.append(b"%010d 00000 n\r\n" % at)
        parts.append(text)
        at += len(text)
    identity = sha256(b"".join(parts)).hexdigest()[:32].encode()
    trailer = b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(bodies) + 1,
        root,
        info,
        identity,
        identity,
        at,
    )
    return b"".join((*parts, *entries, trailer))


def read(pdf: bytes) -> Layout:
    """Raises NotOurShape for anything but what write() makes."""
    if not pdf.startswith(HEADER):
        raise NotOurShape("header")
    tail_at = pdf.rfind(b"trailer\n", max(0, len(pdf) - 400))
    tail = _TAIL.fullmatch(pdf, tail_at) if tail_at > 0 else None
    if tail is None:
        raise NotOurShape("trailer")
    size, root, info, xref_at = int(tail[1]), int(tail[2]), int(tail[3]), int(tail[6])
    head = b"xref\n0 %d\n" % size + _FREE
    table_at = xref_at + len(head)
    if size > MAX_OBJECTS or not pdf.startswith(head, xref_at) or table_at + (size - 1) * _ENTRY_BYTES != tail_at:
        raise NotOurShape("cross-reference table")
    if _ENTRY.fullmatch(pdf, table_at, tail_at) is None:
        raise NotOurShape("cross-reference entry")
    offsets = (*(int(pdf[at : at + 10]) for at in range(table_at, tail_at, _ENTRY_BYTES)), xref_at)
    if offsets[0] != len(HEADER):
        raise NotOurShape("first object")
    for number in range(1, size):
        start, end = offsets[number - 1], offsets[number]
        if end <= start or not pdf.startswith(b"%d 0 obj\n" % number, start) or pdf[end - len(_END) : end] != _END:
            raise NotOurShape(f"object {number}")
    layout = Layout(pdf, offsets, root, info, tail_at)
    if root > layout.count or info > layout.count:
        raise NotOurShape("root")
    return layout


def check_objects(layout: Layout) -> list[bytes]:
    """Every object's dictionary or value, without stream data; index 0 is object 1.

    Raises NotOurShape when a stream's length is not the whole of its data, or a value hides another object.
    """
    heads = []
    pdf = layout.pdf
    for number in range(1, layout.count + 1):
        start, end = layout.body_at(number), layout.offsets[number] - len(_END)
        at = pdf.find(_STREAM, start, end)
        head = pdf[start : end if at < 0 else at]
        if at >= 0:
            lengths = _LENGTH.findall(head)
            if len(lengths) != 1 or at + len(_STREAM) + int(lengths[0]) + len(_STREAM_END) != end:
                raise NotOurShape(f"stream {number}")
            if not pdf.startswith(_STREAM_END, end - len(_STREAM_END)):
                raise NotOurShape(f"stream {number}")
        heads.append(head)
    everything = b"\n".join(heads)
    if b"obj" in everything or b"stream" in everything or b"%" in everything:
        raise NotOurShape("a value")
    return heads
