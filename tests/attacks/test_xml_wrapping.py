"""Signature wrapping: every signature holds, but what a reader sees is not what was signed.

The cases of "On Breaking SAML: Be Whoever You Want to Be" (2012), XSW 1-8, moved to a record. Where another
verifier believes the forged file, the test says so: that is what makes the attack worth refusing.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from copy import deepcopy

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hocba_core.testing.forge import Workshop, canonical
from hocba_core.xades.template import DS, SHA256, XADES
from lxml import etree

Forge = Callable[[etree._Element], None]
SIGNATURE = f"{{{DS}}}Signature"


def every_signature_holds(xml: bytes) -> bool:
    """By python-xmlsec, which resolves any Id wherever it stands and asks nothing of the rest."""
    root = etree.fromstring(xml)
    xmlsec.tree.add_ids(root, ["Id"])
    for signature in root.iter(SIGNATURE):
        context = xmlsec.SignatureContext()
        leaf = signature.findtext(f".//{{{DS}}}X509Certificate") or ""
        pem = x509.load_der_x509_certificate(b64decode(leaf)).public_bytes(Encoding.PEM)
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
        try:
            context.verify(signature)
        except xmlsec.Error:
            return False
    return True


def forged_copy(data: etree._Element) -> etree._Element:
    """The same part without its Ids and signatures, and with better marks."""
    copy = deepcopy(data)
    for element in copy.iter():
        element.attrib.pop("Id", None)
    for signature in list(copy.iter(SIGNATURE)):
        signature.getparent().remove(signature)  # type: ignore[union-attr]  # lxml: it has one
    for mark in copy.iter("CA_NAM"):
        mark.text = "9.9"
    return copy


def part(root: etree._Element, path: str) -> etree._Element:
    found = root.find(path)
    assert found is not None
    return found


def hide_in_the_seals_object(root: etree._Element) -> etree._Element:
    return etree.SubElement(part(root, f".//KY_PHAT_HANH/{SIGNATURE}"), f"{{{DS}}}Object")


def original_in_an_object_and_a_forged_one_in_its_place(root: etree._Element) -> None:
    data = part(root, "DU_LIEU_HOC_BA")
    forged = forged_copy(data)
    hide_in_the_seals_object(root).append(data)
    root.insert(0, forged)


def forged_one_beside_the_original_read_first(root: etree._Element) -> None:
    root.insert(0, forged_copy(part(root, "DU_LIEU_HOC_BA")))


def forged_one_beside_the_original_read_last(root: etree._Element) -> None:
    root.insert(1, forged_copy(part(root, "DU_LIEU_HOC_BA")))


def original_inside_the_forged_one(root: etree._Element) -> None:
    data = part(root, "DU_LIEU_HOC_BA")
    forged = forged_copy(data)
    root.replace(data, forged)
    forged.append(data)


def original_at_the_end_of_the_file(root: etree._Element) -> None:
    data = part(root, "DU_LIEU_HOC_BA")
    root.insert(0, forged_copy(data))
    root.append(data)


def original_in_a_new_element(root: etree._Element) -> None:
    data = part(root, "DU_LIEU_HOC_BA")
    root.insert(0, forged_copy(data))
    etree.SubElement(root, "MO_RONG").append(data)


def original_inside_the_leaders_slot(root: etree._Element) -> None:
    data = part(root, "DU_LIEU_HOC_BA")
    root.insert(0, forged_copy(data))
    part(root, ".//DANH_SACH_CBQL/CBQL").append(data)


def leaders_signature_in_the_seals_object(root: etree._Element) -> None:
    hide_in_the_seals_object(root).append(part(root, f".//CBQL/{SIGNATURE}"))


def seal_beside_its_slot(root: etree._Element) -> None:
    part(root, "PHAT_HANH_HOC_BA").append(part(root, f".//KY_PHAT_HANH/{SIGNATURE}"))


def extra_subject_outside_what_is_signed(root: etree._Element) -> None:
    subject = forged_copy(part(root, ".//MON_HOC"))
    part(root, "PHAT_HANH_HOC_BA").append(subject)


def extra_pupil_outside_what_is_signed(root: etree._Element) -> None:
    root.append(forged_copy(part(root, ".//HOC_SINH")))


def element_in_an_empty_place(root: etree._Element) -> None:
    etree.SubElement(part(root, ".//DANH_SACH_CBQL"), "CBQL")


def attribute_outside_what_is_signed(root: etree._Element) -> None:
    part(root, "PHAT_HANH_HOC_BA").set("THONG_TU", "27/2020/TT-BGDĐT")


def attribute_on_the_root(root: etree._Element) -> None:
    root.set("PHIEN_BAN", "2.0")


def schema_location_on_the_root(root: etree._Element) -> None:
    root.set("{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation", "http://127.0.0.1/other.xsd")


def text_outside_what_is_signed(root: etree._Element) -> None:
    part(root, "PHAT_HANH_HOC_BA").text = "Đã thu hồi"


def second_properties_first(root: etree._Element) -> None:
    """Unsigned, with another time: a careless reader shows it."""
    properties = part(root, f".//KY_PHAT_HANH//{{{XADES}}}SignedProperties")
    forged = deepcopy(properties)
    forged.set("Id", "sp-other")
    part(forged, f".//{{{XADES}}}SigningTime").text = "2020-01-01T00:00:00Z"
    properties.addprevious(forged)


def counter_signature_in_unsigned_properties(root: etree._Element) -> None:
    qualifying = part(root, f".//KY_PHAT_HANH//{{{XADES}}}QualifyingProperties")
    unsigned = etree.SubElement(qualifying, f"{{{XADES}}}UnsignedProperties")
    inner = etree.SubElement(unsigned, f"{{{XADES}}}UnsignedSignatureProperties")
    etree.SubElement(inner, f"{{{XADES}}}CounterSignature")


def manifest_in_an_object(root: etree._Element) -> None:
    manifest = etree.SubElement(hide_in_the_seals_object(root), f"{{{DS}}}Manifest")
    reference = etree.SubElement(manifest, f"{{{DS}}}Reference", URI="#data")
    etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=SHA256)
    etree.SubElement(reference, f"{{{DS}}}DigestValue").text = "AAAA"


def other_id_spelling_beside(root: etree._Element) -> None:
    forged = forged_copy(part(root, "DU_LIEU_HOC_BA"))
    forged.set("ID", "data")
    root.insert(0, forged)


def xml_id_beside(root: etree._Element) -> None:
    forged = forged_copy(part(root, "DU_LIEU_HOC_BA"))
    forged.set("{http://www.w3.org/XML/1998/namespace}id", "data")
    root.insert(0, forged)


BELIEVED_ELSEWHERE = [
    original_in_an_object_and_a_forged_one_in_its_place,
    forged_one_beside_the_original_read_first,
    forged_one_beside_the_original_read_last,
    original_inside_the_forged_one,
    original_at_the_end_of_the_file,
    original_in_a_new_element,
    original_inside_the_leaders_slot,
    leaders_signature_in_the_seals_object,
    seal_beside_its_slot,
    extra_subject_outside_what_is_signed,
    extra_pupil_outside_what_is_signed,
    element_in_an_empty_place,
    attribute_outside_what_is_signed,
    attribute_on_the_root,
    schema_location_on_the_root,
    text_outside_what_is_signed,
    second_properties_first,
    counter_signature_in_unsigned_properties,
    manifest_in_an_object,
    other_id_spelling_beside,
]


@pytest.mark.feature("V2")
@pytest.mark.parametrize("forge", BELIEVED_ELSEWHERE, ids=lambda forge: forge.__name__)
def test_a_wrapped_record_that_others_believe_is_refused(forge: Forge, workshop: Workshop) -> None:
    root = etree.fromstring(workshop.record)
    forge(root)
    forged = canonical(root)

    assert every_signature_holds(forged)
    assert workshop.rules_broken(forged)


@pytest.mark.feature("V2")
def test_the_forger_changes_nothing_else(workshop: Workshop) -> None:
    untouched = canonical(etree.fromstring(workshop.record))

    assert untouched == workshop.record
    assert every_signature_holds(untouched)


def forged_with_the_same_id(root: etree._Element, place: int) -> None:
    forged = forged_copy(part(root, "DU_LIEU_HOC_BA"))
    forged.set("Id", "data")
    root.insert(place, forged)


@pytest.mark.feature("V2")
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_second_element_with_a_signed_id_is_refused(place: int, workshop: Workshop) -> None:
    root = etree.fromstring(workshop.record)
    forged_with_the_same_id(root, place)

    assert workshop.rules_broken(canonical(root))


@pytest.mark.feature("V2")
def test_a_second_element_with_a_signed_id_inside_an_object_is_refused(workshop: Workshop) -> None:
    root = etree.fromstring(workshop.record)
    forged = forged_copy(part(root, ".//DIEM_TONG_KET"))
    forged.set("Id", part(root, ".//DIEM_TONG_KET").get("Id") or "")
    hide_in_the_seals_object(root).append(forged)

    assert workshop.rules_broken(canonical(root))


@pytest.mark.feature("V2")
def test_xml_id_is_no_id(workshop: Workshop) -> None:
    root = etree.fromstring(workshop.record)
    xml_id_beside(root)

    assert workshop.rules_broken(canonical(root))


@pytest.mark.feature("V2")
@pytest.mark.parametrize("wrapper", ["SOAP", "HOC_BA"])
def test_a_record_inside_another_root_is_refused(wrapper: str, workshop: Workshop) -> None:
    root = etree.Element(wrapper)
    root.append(etree.fromstring(workshop.record))
    forged = canonical(root)

    assert every_signature_holds(forged)
    assert workshop.rules_broken(forged)
