"""Makes schema.xsd of a profile's folder from its field rules: `python -m hocba_core.transcript.schema`.

The XSD is for strangers and for the verifier; a test holds it equal to what this module makes. It describes a
record whose slots are empty or hold one signature.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from hocba_core.transcript.profile import (
    MAX_BLOCKS,
    MAX_NAME,
    MAX_SUBJECTS,
    MAX_YEARS,
    FieldRule,
    Profile,
    all_profiles,
)


def schema_of(profile: Profile) -> str:
    groups = {group: "\n".join(_field(rule) for rule in rules) for group, rules in profile.fields.items()}
    teacher = '      <xs:element name="GVBM" type="nguoiKy"/>\n' if profile.has_subject_teachers() else ""
    slots = (
        f'<xs:element name="GVBM" type="cho" minOccurs="1" maxOccurs="{MAX_BLOCKS}"/>'
        if profile.has_subject_teachers()
        else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- {escape(profile.title)}, {escape(profile.circular)}, {profile.version}: made from profile.toml -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="unqualified">
  <xs:complexType name="cho">
    <xs:sequence>
      <xs:any namespace="http://www.w3.org/2000/09/xmldsig#" processContents="skip" minOccurs="0"/>
    </xs:sequence>
    <xs:attribute name="Id" type="xs:NCName" use="required"/>
  </xs:complexType>
  <xs:complexType name="nguoiKy">
    <xs:sequence>
{_text("HO_TEN", MAX_NAME)}
{_text("SO_DINH_DANH", 12, pattern="[0-9]{12}")}
    </xs:sequence>
    <xs:attribute name="CHU_KY" type="xs:NCName" use="required"/>
  </xs:complexType>
  <xs:complexType name="lanhDao">
    <xs:sequence>
{_text("HO_TEN", MAX_NAME)}
{_text("SO_DINH_DANH", 12, pattern="[0-9]{12}")}
{_text("CHUC_VU", MAX_NAME, empty=True)}
    </xs:sequence>
    <xs:attribute name="CHU_KY" type="xs:NCName" use="required"/>
  </xs:complexType>
  <xs:complexType name="hocSinh"><xs:sequence>
{groups["pupil"]}
  </xs:sequence></xs:complexType>
  <xs:complexType name="quaTrinh"><xs:sequence>
{groups["history"]}
  </xs:sequence></xs:complexType>
  <xs:complexType name="monHoc"><xs:sequence>
{groups["subject"]}
  </xs:sequence></xs:complexType>
  <xs:complexType name="ketQua"><xs:sequence>
{groups["results"]}
  </xs:sequence></xs:complexType>
  <xs:complexType name="diem">
    <xs:sequence>
      <xs:element name="MON_HOC" type="monHoc" maxOccurs="{MAX_SUBJECTS}"/>
{teacher}    </xs:sequence>
    <xs:attribute name="Id" type="xs:NCName" use="required"/>
  </xs:complexType>
  <xs:complexType name="thongTin">
    <xs:sequence>
{groups["header"]}
      <xs:element name="HOC_SINH" type="hocSinh"/>
      <xs:element name="QUA_TRINH_HOC_TAP"><xs:complexType><xs:sequence>
        <xs:element name="QUA_TRINH" type="quaTrinh" minOccurs="0" maxOccurs="{MAX_YEARS}"/>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="DANH_SACH_DIEM"><xs:complexType><xs:sequence>
        <xs:element name="DIEM_TONG_KET" type="diem" maxOccurs="{MAX_BLOCKS}"/>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="KET_QUA" type="ketQua"/>
      <xs:element name="NGUOI_KY"><xs:complexType><xs:sequence>
        <xs:element name="GVCN" type="nguoiKy"/>
        <xs:element name="CBQL" type="lanhDao"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:sequence>
    <xs:attribute name="Id" type="xs:NCName" fixed="thongtinhocba" use="required"/>
  </xs:complexType>
  <xs:element name="HOC_BA"><xs:complexType><xs:sequence>
    <xs:element name="DU_LIEU_HOC_BA"><xs:complexType>
      <xs:sequence>
        <xs:element name="THONG_TIN_HOC_BA" type="thongTin"/>
        <xs:element name="DANH_SACH_THONG_TIN_KY"><xs:complexType><xs:sequence>
          <xs:element name="DANH_SACH_GVBM"><xs:complexType><xs:sequence>
            {slots}
          </xs:sequence></xs:complexType></xs:element>
          <xs:element name="GVCN" type="cho"/>
        </xs:sequence></xs:complexType></xs:element>
      </xs:sequence>
      <xs:attribute name="Id" type="xs:NCName" fixed="data" use="required"/>
    </xs:complexType></xs:element>
    <xs:element name="PHAT_HANH_HOC_BA"><xs:complexType><xs:sequence>
      <xs:element name="DANH_SACH_CBQL"><xs:complexType><xs:sequence>
        <xs:element name="CBQL" type="cho"/>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="KY_PHAT_HANH" type="cho"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
"""


def _field(rule: FieldRule) -> str:
    return _text(
        rule.el, rule.max, rule.pattern, rule.choices, empty=rule.exempt or rule.by_school or rule.need != "error"
    )


def _text(name: str, longest: int, pattern: str = "", choices: tuple[str, ...] = (), *, empty: bool = False) -> str:
    facets = "".join(f"<xs:enumeration value={quoteattr(choice)}/>" for choice in choices)
    if choices and empty:
        facets += '<xs:enumeration value=""/>'
    if pattern:
        facets += f"<xs:pattern value={quoteattr(f'({pattern})?' if empty else pattern)}/>"
    if not empty and not choices and not pattern:
        facets += '<xs:minLength value="1"/>'
    return (
        f'      <xs:element name="{name}"><xs:simpleType><xs:restriction base="xs:string">'
        f'<xs:maxLength value="{longest}"/>{facets}</xs:restriction></xs:simpleType></xs:element>'
    )


def write_all() -> None:
    for profile in all_profiles():
        profile.path("schema.xsd").write_text(schema_of(profile), encoding="utf-8")


if __name__ == "__main__":
    write_all()
