"""The little of DER that a CMS needs: write a value, read one strictly. ITU-T X.690."""

from __future__ import annotations

SEQUENCE, SET, INTEGER, OCTETS = 0x30, 0x31, 0x02, 0x04
CONTEXT_0 = 0xA0


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(size))) + size + content


def set_of(*members: bytes, tag: int = SET) -> bytes:
    """DER orders the members of a SET OF by their encodings."""
    return tlv(tag, *sorted(members))


def read(data: bytes, at: int, tag: int) -> tuple[int, int]:
    """Where the content of the value at `at` begins and ends.

    Raises ValueError for another tag, a length that is not in its shortest form, or one beyond the data.
    """
    if len(data) < at + 2 or data[at] != tag:
        raise ValueError("another tag")
    length, start = data[at + 1], at + 2
    if length >= 0x80:
        count = length & 0x7F
        size = data[start : start + count]
        if not 1 <= count <= 4 or len(size) != count or size[0] == 0:
            raise ValueError("length")
        length, start = int.from_bytes(size), start + count
        if length < 0x80:
            raise ValueError("length")
    if start + length > len(data):
        raise ValueError("beyond the end")
    return start, start + length


def members(data: bytes, start: int, end: int) -> list[bytes]:
    """The values between two offsets, whole, whatever their tags."""
    found = []
    while start < end:
        _, stop = read(data, start, data[start])
        if stop > end:
            raise ValueError("beyond the end")
        found.append(data[start:stop])
        start = stop
    return found
