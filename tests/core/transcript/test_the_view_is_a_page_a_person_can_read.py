"""view.xsl: the record as a page, handed out beside the XML (T4, "XSLT")."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hocba_core.testing.sample import Signers, sample_content, signed_record
from hocba_core.transcript.profile import Profile, all_profiles, load_profile
from hocba_core.transcript.record import build
from hocba_core.transcript.view import MEANINGS, view_of
from lxml import etree, html

NOW = datetime(2026, 5, 25, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def signers() -> Signers:
    return Signers.create(NOW)


def page(xml: bytes, profile: Profile) -> html.HtmlElement:
    style = etree.XSLT(etree.parse(profile.path("view.xsl")), access_control=etree.XSLTAccessControl.DENY_ALL)
    return html.fromstring(bytes(style(etree.fromstring(xml))))


def words(root: html.HtmlElement) -> str:
    return " ".join(" ".join(root.find(".//main").itertext()).split())


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.key)
def test_the_view_in_the_folder_is_the_one_the_rules_make(profile: Profile) -> None:
    """After a change of rules: python -m hocba_core.transcript.view."""
    assert profile.path("view.xsl").read_text(encoding="utf-8") == view_of(profile)


@pytest.mark.feature("T4")
@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.key)
def test_every_value_of_the_record_is_on_the_page_in_words(profile: Profile, signers: Signers) -> None:
    content = sample_content(profile.key)

    text = words(page(signed_record(signers, profile.key), profile))

    assert profile.title in text
    for subject in profile.subjects:
        assert subject.optional or subject.full in text
    for value in (content.pupil["HO_VA_TEN"], content.homeroom.name, content.leader.name, content.uuid):
        assert value in text
    assert "23/03/2011" in text
    assert "Nữ" in text
    assert text.count("Có chữ ký số") == (3 if profile.level == "02" else len(content.blocks) + 3)
    assert "Chưa ký" not in text
    assert not any(rule.el in text for rules in profile.fields.values() for rule in rules if "_" in rule.el)


@pytest.mark.feature("T4")
def test_empty_slots_are_shown_as_unsigned() -> None:
    profile = load_profile("thcs_tt22_1")

    text = words(page(build(sample_content(), profile).xml, profile))

    assert text.count("Chưa ký") == 15


@pytest.mark.feature("T4")
def test_text_of_the_record_is_never_markup() -> None:
    profile = load_profile("thcs_tt22_1")
    content = sample_content()
    evil = "<script>alert(1)</script>"
    skeleton = build(replace(content, pupil={**content.pupil, "HO_VA_TEN": evil}), profile)

    root = page(skeleton.xml, profile)

    assert evil in words(root)
    assert not list(root.iter("script", "img", "link", "iframe"))


def test_every_letter_that_a_field_may_hold_has_a_meaning() -> None:
    settled = {"THONG_TU", "MA_CAP_HOC", "PHIEN_BAN", "MA_KHOI"}
    for profile in all_profiles():
        for rules in profile.fields.values():
            for rule in rules:
                assert not rule.choices or rule.el in settled or tuple(MEANINGS[rule.choices]) == rule.choices
