"""schema.xsd, profile.toml and the check of missing data are three views of the same rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hocba_core.testing.sample import sample_content
from hocba_core.transcript.check import problems
from hocba_core.transcript.content import Person, TranscriptContent
from hocba_core.transcript.profile import FieldRule, Profile, all_profiles, find_profile, load_profile
from hocba_core.transcript.record import build
from hocba_core.transcript.schema import schema_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

PROFILES = ["th_tt27_1", "thcs_tt22_1", "thpt_tt22_1"]
SCHEMAS = {key: etree.XMLSchema(etree.parse(load_profile(key).path("schema.xsd"))) for key in PROFILES}
VALUES = st.one_of(
    st.sampled_from(
        ["", "0", "1", "2", "10", "10.5", "7.25", "M", "T", "Đ", "CĐ", "K", "2026-05-25", "2025-2026", "300"]
    ),
    st.sampled_from(["0123456789", "099300000001", "٠" * 12, "x" * 151, "x" * 2001, "𝟗", " 9 ", "a\tb", "<&>"]),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF), max_size=20),
)


def is_valid(content: TranscriptContent, profile: Profile) -> bool:
    schema = SCHEMAS[profile.key]
    return bool(schema.validate(etree.fromstring(build(content, profile).xml)))


def has_errors(content: TranscriptContent, profile: Profile) -> bool:
    return any(problem.severity == "error" for problem in problems(content, profile))


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.key)
def test_the_schema_in_the_folder_is_the_one_the_rules_make(profile: Profile) -> None:
    """After a change of rules: python -m hocba_core.transcript.schema."""
    assert profile.path("schema.xsd").read_text(encoding="utf-8") == schema_of(profile)


@pytest.mark.parametrize("key", PROFILES)
def test_a_complete_transcript_has_no_problem_and_a_valid_record(key: str) -> None:
    content, profile = sample_content(key), load_profile(key)

    assert not has_errors(content, profile)
    assert is_valid(content, profile)


@pytest.mark.parametrize("key", PROFILES)
@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_the_schema_refuses_exactly_what_the_check_calls_an_error(key: str, data: st.DataObject) -> None:
    content, profile = sample_content(key, teachers=2), load_profile(key)
    group = data.draw(st.sampled_from(["header", "pupil", "subject", "results", "person"]))
    value = data.draw(VALUES)
    chosen: FieldRule | None = None
    if group == "person":
        who = data.draw(st.sampled_from(["homeroom", "leader"]))
        person = data.draw(
            st.sampled_from([Person(value, "099100000000", "x"), Person("x", value), Person("x", "", value)])
        )
        content = replace(content, **{who: person})
    elif group == "subject":
        chosen = data.draw(st.sampled_from(profile.fields["subject"]))
        first = content.blocks[0]
        subjects = ({**first.subjects[0], chosen.el: value}, *first.subjects[1:])
        content = replace(content, blocks=(replace(first, subjects=subjects), *content.blocks[1:]))
    else:
        given_ones = {"MA_DINH_DANH_HOC_BA", "THONG_TU", "MA_CAP_HOC", "PHIEN_BAN"}
        chosen = data.draw(st.sampled_from([rule for rule in profile.fields[group] if rule.el not in given_ones]))
        content = replace(content, **{group: {**getattr(content, group), chosen.el: value}})

    # a pupil who is not assessed may lack results: that takes two fields, and only the check looks at both;
    # what a whole school lacks takes its other pupils
    assume(not (chosen and (chosen.exempt or chosen.by_school) and not value.strip()))
    assert is_valid(content, profile) is not has_errors(content, profile)


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.key)
def test_every_rule_is_whole(profile: Profile) -> None:
    """Each error says where it is mended, subjects are told apart, names fit."""
    from_the_builder = {"MA_DINH_DANH_HOC_BA", "THONG_TU", "MA_CAP_HOC", "PHIEN_BAN", "TRICH_LUC", "NGAY_TAO"}
    for group, rules in profile.fields.items():
        assert len({rule.el for rule in rules}) == len(rules)
        for rule in rules:
            assert rule.label
            assert not rule.choices or max(map(len, rule.choices)) <= rule.max
            own = from_the_builder | {"MA_MON", "TEN_MON"}
            assert not (rule.need and not rule.mend and rule.el not in own and group != "history" and rule.max > 1), (
                rule
            )
    names = [
        name.casefold() for subject in profile.subjects for name in {subject.name, subject.full, *subject.synonyms}
    ]
    assert len(set(names)) == len(names), "a name of two subjects"
    assert len({subject.code for subject in profile.subjects}) == len(profile.subjects)
    longest = next(rule.max for rule in profile.fields["subject"] if rule.el == "TEN_MON")
    assert all(len(subject.name) <= longest and len(subject.code) == 3 for subject in profile.subjects)


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.key)
def test_a_profile_is_found_by_what_its_records_say(profile: Profile) -> None:
    assert find_profile(profile.circular, profile.level, profile.version) is profile
