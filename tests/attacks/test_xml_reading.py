"""Tricks against whoever parses the file: entities, encodings, comments, and files that take for ever."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hocba_core.testing.forge import Workshop

Trick = Callable[[bytes], bytes]

MARK = b"<CA_NAM>7.7</CA_NAM>"
BOMB = b"".join(
    (
        b'<!DOCTYPE HOC_BA [<!ENTITY a "aaaaaaaaaa">',
        *(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)),
        b"]>",
    )
)


def replaced(old: bytes, new: bytes) -> Trick:
    def trick(record: bytes) -> bytes:
        assert old in record
        return record.replace(old, new, 1)

    return trick


def before(prefix: bytes) -> Trick:
    return lambda record: prefix + record


def after(suffix: bytes) -> Trick:
    return lambda record: record + suffix


def doctype(text: bytes, old: bytes = MARK, new: bytes = MARK) -> Trick:
    return lambda record: text + replaced(old, new)(record)


TRICKS: dict[str, tuple[Trick, str]] = {
    # what a canonical form drops, so that signatures hold and eyes see something else
    "comment in a mark": (replaced(MARK, b"<CA_NAM>7<!---->.7</CA_NAM>"), "not_canonical"),
    "comment that hides half a mark": (replaced(MARK, b"<CA_NAM>7<!--.7--></CA_NAM>"), "not_canonical"),
    "comment outside every signed part": (replaced(b"<KY_PHAT_HANH", b"<!--x--><KY_PHAT_HANH"), "not_canonical"),
    "comment after the root": (after(b"<!--x-->"), "not_canonical"),
    "CDATA in a mark": (replaced(MARK, b"<CA_NAM><![CDATA[7.7]]></CA_NAM>"), "not_canonical"),
    "instruction in a mark": (replaced(MARK, b"<CA_NAM>7<?x?>.7</CA_NAM>"), "structure"),
    "instruction outside every signed part": (replaced(b"<KY_PHAT_HANH", b"<?x y?><KY_PHAT_HANH"), "structure"),
    "style sheet instruction": (before(b'<?xml-stylesheet href="http://127.0.0.1/x.xsl"?>\n'), "structure"),
    "character reference for a letter": (replaced(MARK, b"<CA_NAM>&#55;.7</CA_NAM>"), "not_canonical"),
    "single quotes": (replaced(b'Id="data"', b"Id='data'"), "not_canonical"),
    "white space in a tag": (replaced(b"<HOC_BA>", b"<HOC_BA >"), "not_canonical"),
    "empty element in one tag": (replaced(b"<MA_XA></MA_XA>", b"<MA_XA/>"), "not_canonical"),
    "white space between parts": (replaced(b"</DU_LIEU_HOC_BA>", b"</DU_LIEU_HOC_BA>\n"), "structure"),
    "carriage return between parts": (replaced(b"</DU_LIEU_HOC_BA>", b"</DU_LIEU_HOC_BA>&#xD;"), "structure"),
    "white space after the root": (after(b"\n"), "not_canonical"),
    "unused namespace": (replaced(b"<HOC_BA>", b'<HOC_BA xmlns:x="urn:x">'), "not_canonical"),
    "default namespace": (replaced(b"<HOC_BA>", b'<HOC_BA xmlns="urn:x">'), "not_record"),
    "namespace redefined inside": (replaced(b"<KET_QUA>", b'<KET_QUA xmlns="urn:x">'), "structure"),
    "xml:space": (replaced(b"<KET_QUA>", b'<KET_QUA xml:space="preserve">'), "structure"),
    "xml:base": (replaced(b"<HOC_BA>", b'<HOC_BA xml:base="http://127.0.0.1/">'), "structure"),
    "xsi:nil": (
        replaced(
            b"<KHEN_THUONG>",
            b'<KHEN_THUONG xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="false">',
        ),
        "structure",
    ),
    "XInclude": (
        replaced(
            MARK,
            b'<CA_NAM><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"></i:include></CA_NAM>',
        ),
        "structure",
    ),
    # DTD
    "harmless entity": (doctype(b'<!DOCTYPE HOC_BA [<!ENTITY m "7.7">]>', MARK, b"<CA_NAM>&m;</CA_NAM>"), "doctype"),
    "entity bomb": (doctype(BOMB, MARK, b"<CA_NAM>&j;</CA_NAM>"), "doctype"),
    "external entity": (
        doctype(b'<!DOCTYPE HOC_BA [<!ENTITY m SYSTEM "file:///etc/passwd">]>', MARK, b"<CA_NAM>&m;</CA_NAM>"),
        "doctype",
    ),
    "parameter entity": (
        doctype(b'<!DOCTYPE HOC_BA [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'),
        "doctype",
    ),
    "Id by DTD": (doctype(b"<!DOCTYPE HOC_BA [<!ATTLIST HOC_SINH CHU_KY ID #IMPLIED>]>"), "doctype"),
    "default attribute by DTD": (doctype(b'<!DOCTYPE HOC_BA [<!ATTLIST HOC_BA X CDATA "1">]>'), "doctype"),
    "empty DTD": (doctype(b"<!DOCTYPE HOC_BA>"), "doctype"),
    # encodings
    "declaration": (before(b'<?xml version="1.0" encoding="UTF-8"?>'), "not_canonical"),
    "XML 1.1": (before(b'<?xml version="1.1"?>'), "not_canonical"),
    "byte order mark": (before(b"\xef\xbb\xbf"), "not_canonical"),
    "UTF-16": (lambda record: record.decode().encode("utf-16"), "encoding"),
    "UTF-16 without a mark": (lambda record: record.decode().encode("utf-16-be"), "encoding"),
    "UTF-32": (lambda record: record.decode().encode("utf-32"), "encoding"),
    "UTF-7": (
        lambda record: b'<?xml version="1.0" encoding="UTF-7"?>' + record.decode().encode("utf-7"),
        "not_canonical",
    ),
    "another alphabet declared": (before(b'<?xml version="1.0" encoding="windows-1258"?>'), "not_xml"),
    "overlong UTF-8": (replaced(MARK, b"<CA_NAM>7\xc0\xae7</CA_NAM>"), "not_xml"),
    "a lone surrogate": (replaced(MARK, b"<CA_NAM>7\xed\xa0\x80</CA_NAM>"), "not_xml"),
    # no record at all
    "nothing": (lambda _: b"", "not_xml"),
    "cut short": (lambda record: record[: len(record) // 2], "not_xml"),
    "last byte missing": (lambda record: record[:-1], "not_xml"),
    "two records": (lambda record: record + record, "duplicate_id"),
    "a PDF": (lambda _: b"%PDF-1.7\n", "not_xml"),
    "other XML": (lambda _: b"<html></html>", "not_record"),
    "too large": (after(b" " * (2 * 1024 * 1024)), "too_large"),
}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("name", TRICKS)
def test_a_reading_trick_is_refused_and_named(name: str, workshop: Workshop) -> None:
    trick, rule = TRICKS[name]

    assert rule in workshop.rules_broken(trick(workshop.record))


OPEN = b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="sig-'
HEAVY = {
    "openings without an end": b"<ds:Signature " * 140_000,
    "signatures without an end": (OPEN + b'a">') * 25_000,
    "deep nesting": b"<a>" * 300_000 + b"</a>" * 200_000,
    "many attributes": b"<HOC_BA " + b" ".join(b'a%d="1"' % n for n in range(120_000)) + b"></HOC_BA>",
    "many elements": b"<HOC_BA>" + b"<GVCN></GVCN>" * 150_000 + b"</HOC_BA>",
    "one long text": b"<HOC_BA>" + b"x" * 2_000_000 + b"</HOC_BA>",
    "many attributes, cut up by what ends a tag": b"<HOC_BA "
    + b" ".join(b'a%d=">"' % n for n in range(120_000))
    + b"/>",
    "many elements of many attributes": b"<HOC_BA>"
    + (b"<a " + b" ".join(b'a%d=">"' % n for n in range(1500)) + b"/>") * 130
    + b"</HOC_BA>",
    "many namespaces": b"<HOC_BA " + b" ".join(b'xmlns:a%d="u:%d"' % (n, n) for n in range(40_000)) + b"></HOC_BA>",
}


@pytest.mark.feature("V2")
@pytest.mark.parametrize("name", HEAVY)
def test_a_file_made_to_take_for_ever_does_not(name: str, workshop: Workshop) -> None:
    started = time.process_time()

    assert workshop.rules_broken(HEAVY[name])
    assert time.process_time() - started < 5


@pytest.mark.feature("V2")
@pytest.mark.parametrize("dots", [b"<GVCN Id=", b'CHU_KY="', b'Id="d-', b"<MA_SO_THUE>"])
def test_a_file_cut_at_any_landmark_is_refused(dots: bytes, workshop: Workshop) -> None:
    record = workshop.record
    at = record.index(dots)

    assert workshop.rules_broken(record[:at] + record[at + len(dots) :])
    assert workshop.rules_broken(record[:at])
