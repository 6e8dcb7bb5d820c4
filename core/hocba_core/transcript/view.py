"""Makes view.xsl of a profile's folder: `python -m hocba_core.transcript.view`.

One template for all levels, filled with the profile's title, subjects, labels and the meaning of its letters. The
result stands alone (XSLT 1.0, no script, nothing fetched), because it is handed out beside the XML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from hocba_core.transcript.profile import PROFILES, Profile, all_profiles

PARENTS = {
    "header": "THONG_TIN_HOC_BA",
    "pupil": "HOC_SINH",
    "history": "QUA_TRINH",
    "subject": "MON_HOC",
    "results": "KET_QUA",
}
YES_NO = {"0": "Không", "1": "Có"}
MEANINGS: dict[tuple[str, ...], Mapping[str, str]] = {
    ("0", "1"): YES_NO,
    ("0", "1", "2"): {"0": "Không rõ", "1": "Nam", "2": "Nữ"},
    ("T", "K", "Đ", "CĐ"): {"T": "Tốt", "K": "Khá", "Đ": "Đạt", "CĐ": "Chưa đạt"},
    ("T", "Đ", "C"): {"T": "Tốt", "Đ": "Đạt", "C": "Cần cố gắng"},
    ("T", "H", "C", "M"): {"T": "Hoàn thành tốt", "H": "Hoàn thành", "C": "Chưa hoàn thành", "M": "Miễn"},
}
"""By the choices of a field: TT 27/2020 and TT 22/2021."""


def view_of(profile: Profile) -> str:
    template = (PROFILES / "view_template.xsl").read_text(encoding="utf-8")
    made = "\n".join((_subjects(profile), *_labels(profile)))
    return template.replace("%TITLE%", escape(profile.title)).replace("%MADE%", made)


def _subjects(profile: Profile) -> str:
    cases = "".join(_case(f"../MA_MON = '{subject.code}'", subject.full) for subject in profile.subjects)
    return (
        f'  <xsl:template match="MON_HOC/TEN_MON" mode="value"><xsl:choose>{cases}'
        '<xsl:otherwise><xsl:value-of select="."/></xsl:otherwise></xsl:choose></xsl:template>'
    )


def _labels(profile: Profile) -> Iterator[str]:
    for group, rules in profile.fields.items():
        for rule in rules:
            path = f"{PARENTS[group]}/{rule.el}"
            yield f'  <xsl:template match="{path}" mode="label">{escape(rule.label)}</xsl:template>'
            if rule.choices in MEANINGS:
                meaning = "".join(_case(f". = '{value}'", text) for value, text in MEANINGS[rule.choices].items())
                yield f'  <xsl:template match="{path}" mode="value"><xsl:choose>{meaning}</xsl:choose></xsl:template>'


def _case(test: str, text: str) -> str:
    return f"<xsl:when test={quoteattr(test)}>{escape(text)}</xsl:when>"


def write_all() -> None:
    for profile in all_profiles():
        profile.path("view.xsl").write_text(view_of(profile), encoding="utf-8")


if __name__ == "__main__":
    write_all()
