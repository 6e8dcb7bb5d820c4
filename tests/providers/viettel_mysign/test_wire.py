"""Viettel's words, read from answers kept as files, and written as Viettel wants them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hocba_core.clock import system_clock
from hocba_core.errors import (
    AccountUnknown,
    BadInput,
    Nonsense,
    OutcomeUnknown,
    ProviderTrouble,
    RefusesUs,
    SessionEnded,
)
from hocba_core.provider import Credential, KeyKind, SignatureRequest, ToSign
from hocba_core.vendor_http import Answer
from hocba_viettel_mysign import wire
from hocba_viettel_mysign.provider import ViettelMySign
from hocba_viettel_mysign.settings import Settings

pytestmark = pytest.mark.feature("P1")

SETTINGS = Settings.read({"client_id": "school", "client_secret": "shh"})
CREDENTIAL = Credential("540f0001", b"leaf", (), KeyKind.RSA, True)


def answer(name: str, status: int = 200, *, acts: bool = False) -> Answer:
    body = (Path(__file__).parent / "answers" / f"2026-11-24-{name}.json").read_bytes()
    return Answer("viettel_mysign", status, body, "7f3a", acts)


def said(body: str, status: int = 200, *, acts: bool = False) -> Answer:
    return Answer("viettel_mysign", status, body.encode(), "7f3a", acts)


def asking(title: str, digest: bytes = bytes(32)) -> SignatureRequest:
    return SignatureRequest("r", CREDENTIAL, (ToSign("i1", title, digest),), "Lớp 6A1: 1 học bạ")


@pytest.mark.parametrize("name", ["login", "login-number"])
def test_a_token_lives_for_seconds_written_as_text_or_as_number(name: str) -> None:
    assert wire.read_login(answer(name)) == wire.Login("token-of-a-person", 3600)


def test_certificates_are_a_bare_array_leaf_first() -> None:
    good, disabled, expired = wire.read_certificates(answer("certificates"))

    assert (good.ref, good.certificate, good.chain) == (
        "540f0001a1b2c3d4",
        b"Leaf-of-a-person",
        (b"Issuing", b"Root"),
    )
    assert good.usable and not disabled.usable and not expired.usable
    assert good.label == "Chứng thư số cá nhân"
    assert disabled.label == expired.label == ""


def test_nobody_without_certificates_is_refused_for_it() -> None:
    assert wire.read_certificates(said("[]")) == []


def test_values_have_line_breaks_inside() -> None:
    assert wire.read_status(answer("status-1")).values == (bytes(range(1, 7)), b"\x07\x08")


def test_a_value_that_is_no_base64_is_a_wrong_value_and_not_a_missing_one() -> None:
    assert wire.read_status(answer("status-1-undecodable")).values == (b"\x01\x02\x03", b"*** ?")


def test_waiting_has_no_values() -> None:
    status = wire.read_status(answer("status-4000"))
    assert (status.code, status.values) == ("4000", None)
    assert "001085000017" not in repr(status)


def test_done_without_values_is_nonsense() -> None:
    with pytest.raises(Nonsense) as told:
        wire.read_status(answer("status-1-empty"))
    assert told.value.facts["what"] == "done_without_signatures"


@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_an_error_object_is_read_whatever_the_status(status: int) -> None:
    with pytest.raises(AccountUnknown) as told:
        wire.read_certificates(answer("error-58008", status))
    assert told.value.facts["vendor_code"] == "58008"
    assert told.value.facts["request"] == "7f3a"
    assert "001085000017" not in str(told.value.facts)


@pytest.mark.parametrize("body", ["", "<html>", "{}"])
def test_a_401_without_a_number_ends_the_session_and_nothing_was_sent(body: str) -> None:
    with pytest.raises(SessionEnded):
        wire.read_transaction(said(body, 401, acts=True))


@pytest.mark.parametrize("body", ["", "<html>", "{}"])
def test_a_401_at_the_login_means_our_own_account(body: str) -> None:
    with pytest.raises(RefusesUs) as told:
        wire.read_login(said(body, 401))
    assert told.value.facts["setting"] == "providers.viettel_mysign.client_secret"


@pytest.mark.parametrize("body", ["[]", "1", "null", '"x"', "{}", '{"transactionId": ""}', '{"transactionId": 7}'])
def test_a_sign_answer_without_a_transaction_is_unknown(body: str) -> None:
    with pytest.raises(OutcomeUnknown):
        wire.read_transaction(said(body, acts=True))


@pytest.mark.parametrize(
    "body",
    ["{}", "[1]", '[{"credential_id": "x"}]', '[{"credential_id":"x","key":{"status":"enabled","algo":[]},'
     '"cert":{"status":"valid","certificates":[]}}]', '[{"credential_id":"x","key":[],"cert":{}}]'],
)  # fmt: skip
def test_a_certificate_answer_of_another_shape_is_nonsense(body: str) -> None:
    with pytest.raises(ProviderTrouble):
        wire.read_certificates(said(body))


def test_the_request_is_in_viettels_spelling() -> None:
    body = wire.sign_body(SETTINGS, asking("6A1 so 12"))

    assert set(body) == {
        "client_id", "client_secret", "credentialID", "numSignatures", "description", "documents",
        "hash", "hashAlgo", "signAlgo", "async",
    }  # fmt: skip
    assert body["numSignatures"] == len(body["hash"]) == len(body["documents"]) == 1
    assert body["hash"] == [base64.b64encode(bytes(32)).decode()]
    assert body["documents"] == [{"document_id": "i1", "document_name": base64.b64encode(b"6A1 so 12").decode()}]
    assert (body["hashAlgo"], body["async"]) == ("2.16.840.1.101.3.4.2.1", 1)


@pytest.mark.parametrize(
    "title",
    ["Lớp 6A1 · số 12 · N.T.A.", "ế" * 90, "e\u0302\u0301" * 60, "a\x00b\r\nc\u202ed", "𝕳" * 40],
)
def test_titles_stay_readable_and_below_a_hundred_characters(title: str) -> None:
    (document,) = wire.sign_body(SETTINGS, asking(title))["documents"]

    assert len(document["document_name"]) < 100
    shown = base64.b64decode(document["document_name"]).decode()  # cut between two letters, or this fails
    assert shown and all(letter.isprintable() for letter in shown)


def test_forty_characters_of_vietnamese_may_be_cut_but_an_ordinary_title_is_whole() -> None:
    title = "Lớp 12A10 · số 45 · N.T.T.A. · GVCN"
    assert len(title) <= ViettelMySign({"client_id": "a", "client_secret": "b"}, system_clock).can.title_chars
    (document,) = wire.sign_body(SETTINGS, asking(title))["documents"]
    assert base64.b64decode(document["document_name"]).decode() == title


@pytest.mark.parametrize("digest", [bytes(20), b"", bytes(64)])
def test_a_digest_of_another_length_never_leaves_us(digest: bytes) -> None:
    with pytest.raises(BadInput):
        wire.sign_body(SETTINGS, asking("x", digest))
