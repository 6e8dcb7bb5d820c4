from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hocba_core.certificate import Certificate
from hocba_core.errors import CertificateRefused, Conflict
from hocba_core.pades import cms
from hocba_core.pades.embed import embed
from hocba_core.pades.prepare import PreparedPdf, prepare
from hocba_core.signature_value import check_value
from hocba_core.testing.pdf import form_objects, plan_objects, sealed, small_form
from hocba_core.testing.pki import new_key
from hocba_core.testing.sample import SCHOOL, TAX_CODE, Signers
from hocba_core.verify.pdf import verify_pdf
from hocba_core.verify.verdict import Outcome


def certificate(signers: Signers) -> Certificate:
    return Certificate.read(signers.seal.certificate)


def test_the_digest_is_of_the_signed_attributes_which_hold_the_digest_of_the_file(signers: Signers):
    prepared = prepare(small_form(), certificate(signers), signers.seal.chain, signers.now)

    hole = slice(prepared.hole_at, prepared.hole_at + prepared.hole_bytes)
    covered = prepared.pdf[: hole.start] + prepared.pdf[hole.stop :]
    assert sha256(covered).digest() == prepared.message_digest
    attributes = cms.signed_attributes(prepared.message_digest, signers.seal.certificate)
    assert sha256(attributes).digest() == prepared.digest
    assert prepared.message_digest in attributes


def test_another_process_can_embed_from_what_was_stored(signers: Signers):
    prepared = prepare(small_form(), certificate(signers), signers.seal.chain, signers.now)
    stored, blob = prepared.to_bytes(), prepared.pdf
    value = signers.seal.sign_digest(prepared.digest)

    finished = embed(PreparedPdf.from_bytes(stored, blob), value)

    assert finished == embed(prepared, value)
    assert verify_pdf(finished, signers.trust, signers.now).outcome is Outcome.VALID
    assert len(stored) < 10_000


def test_the_same_form_certificate_and_time_give_the_same_digest(signers: Signers):
    first, second = (prepare(small_form(), certificate(signers), signers.seal.chain, signers.now) for _ in range(2))
    later = prepare(small_form(), certificate(signers), signers.seal.chain, signers.now + timedelta(seconds=1))

    assert first == second
    assert later.digest != first.digest


def test_a_value_in_der_is_brought_into_form_before_it_is_embedded(signers: Signers):
    seal = signers.seal_ca.issue_school(SCHOOL, TAX_CODE, key="p256")
    held = Certificate.read(seal.certificate)
    for _ in range(20):  # values have 70, 71 or 72 bytes as DER
        prepared = prepare(small_form(), held, seal.chain, signers.now)
        value = check_value(held, prepared.digest, seal.sign_digest(prepared.digest))
        finished = embed(prepared, value)
        assert verify_pdf(finished, signers.trust, signers.now).outcome is Outcome.VALID


def test_a_root_given_with_the_chain_is_left_out(signers: Signers):
    root = signers.seal_ca.root.public_bytes(Encoding.DER)

    prepared = prepare(small_form(), certificate(signers), (*signers.seal.chain, root), signers.now)

    assert prepared.chain == signers.seal.chain


def test_a_file_without_an_empty_field_of_ours_is_refused(signers: Signers):
    for pdf in (b"", b"%PDF-1.7\n", sealed(small_form(), signers.seal, signers.now)):
        with pytest.raises(Conflict):
            prepare(pdf, certificate(signers), signers.seal.chain, signers.now)


def test_a_field_is_planned_only_once():
    objects = form_objects()
    objects[3] = objects[3][:-2] + b"/Annots[8 0 R]>>"

    with pytest.raises(Conflict):
        plan_objects(objects)


def test_a_key_that_may_not_sign_is_refused_before_anyone_is_asked(signers: Signers):
    weak = signers.seal_ca.issue_school(SCHOOL, TAX_CODE, key=new_key("rsa", 1024))

    with pytest.raises(CertificateRefused):
        prepare(small_form(), Certificate.read(weak.certificate), weak.chain, signers.now)


def test_a_value_is_embedded_only_into_the_file_with_the_hole(signers: Signers):
    prepared = prepare(small_form(), certificate(signers), signers.seal.chain, signers.now)
    value = signers.seal.sign_digest(prepared.digest)

    with pytest.raises(Conflict):
        embed(PreparedPdf.from_bytes(prepared.to_bytes(), small_form()), value)
