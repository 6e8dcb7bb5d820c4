"""The portal's JSON, to and from our values. Portal words live here and nowhere else.

Every reader raises `answer.trouble(…)` for what it cannot read, faults.refusal() for what is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from hocba_core.errors import BadInput, HocbaError
from hocba_core.portal import Found, Receipt, ReceiptState, RecordOutcome
from hocba_core.redaction import redacted_text
from hocba_core.vendor_http import Answer

from hocba_reception_portal import faults
from hocba_reception_portal.settings import Settings

XML: Final = "application/xml"
FORM: Final = "application/x-www-form-urlencoded"

_STATES: Final = {
    "CHO_XU_LY": ReceiptState.WAITING,
    "TIEP_NHAN": ReceiptState.ACCEPTED,
    "TU_CHOI": ReceiptState.REFUSED,
}
_RECALL_STATES: Final = ("CHO_XU_LY", "DONG_Y", "TU_CHOI")
_QUERY: Final = {
    "uuid": "ma_dinh_danh_hoc_ba",
    "personal_number": "so_dinh_danh",
    "class_name": "ten_lop",
    "name": "ho_va_ten",
    "state": "trang_thai",
}


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    seconds: int


# --- what we send ------------------------------------------------------------------------------


def token_body(settings: Settings) -> bytes:
    fields = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.reveal(),
    }
    return urlencode(fields | ({"scope": settings.scope} if settings.scope else {})).encode()


def receipt_path(settings: Settings, receipt_id: str) -> str:
    return f"{settings.paths.receipts}/{quote(receipt_id, safe='')}"


def recall_path(settings: Settings, recall_id: str) -> str:
    return f"{settings.paths.recall}/{quote(recall_id, safe='')}"


def search_body(query: Mapping[str, str]) -> dict[str, str]:
    """Raises BadInput(field) for a key that portal.py does not name."""
    for name in query:
        if name not in _QUERY:
            raise BadInput(field=name, expected=", ".join(_QUERY))
    return {_QUERY[name]: value for name, value in query.items() if value}


# --- what they answer --------------------------------------------------------------------------


def read_token(answer: Answer) -> Token:
    said = _said(answer, "access_token", unsaid="invalid_client" if answer.status == 401 else "")
    try:
        return Token(_text(said["access_token"]), int(said.get("expires_in", 0)))
    except (TypeError, ValueError, KeyError) as error:
        raise answer.trouble("no_token") from error


def read_receipt(answer: Answer, now: datetime) -> Receipt:
    """`now` where the portal gives no time of its own."""
    said = _said(answer, "ma_bien_nhan")
    try:
        records = tuple(_outcome(one) for one in said.get("hoc_ba") or ())
        return Receipt(
            id=_text(said["ma_bien_nhan"]),
            state=_STATES[said["trang_thai"]],
            at=_moment(said.get("thoi_gian"), now),
            records=records,
            code=redacted_text(str(said.get("ma_loi") or ""), limit=40),
            message=redacted_text(str(said.get("mo_ta") or "")),
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise answer.trouble("no_receipt") from error


def read_found(answer: Answer) -> list[Found]:
    said = _said(answer, "hoc_ba")
    try:
        return [_found(one) for one in said["hoc_ba"]]
    except (TypeError, ValueError, KeyError) as error:
        raise answer.trouble("no_list") from error


def read_recall(answer: Answer) -> tuple[str, str]:
    """Id and state of a recall."""
    said = _said(answer, "ma_yeu_cau")
    try:
        identity, state = _text(said["ma_yeu_cau"]), _text(said["trang_thai"])
        if state not in _RECALL_STATES:
            raise ValueError("a state that nobody has described")
    except (TypeError, ValueError, KeyError) as error:
        raise answer.trouble("no_recall") from error
    return identity, state


def _said(answer: Answer, needs: str, *, unsaid: str = "") -> Mapping[str, Any]:
    """The JSON object of a success that has the field it is read for. `unsaid`: code of a refusal that has none."""
    if not 200 <= answer.status < 300:
        code, message = _refusal_of(answer)
        raise faults.refusal(answer, code or unsaid, message)
    said = answer.json()
    if not isinstance(said, dict) or needs not in said:
        raise answer.trouble("unknown_answer")
    return said


def _refusal_of(answer: Answer) -> tuple[str, str]:
    """OAuth's {error, error_description}, or the portal's {ma_loi, mo_ta}; two empty texts for anything else."""
    if answer.status >= 500:
        return "", ""
    try:
        said = answer.json()
        code, message = said.get("error") or said.get("ma_loi"), said.get("error_description") or said.get("mo_ta")
    except (HocbaError, AttributeError):  # an HTML page, a list, nothing: the status says all that we know
        return "", ""
    return str(code or ""), str(message or "")


def _outcome(said: Mapping[str, Any]) -> RecordOutcome:
    accepted = said["chap_nhan"]
    if not isinstance(accepted, bool):
        raise TypeError("chap_nhan")
    return RecordOutcome(
        uuid=_text(said["ma_dinh_danh_hoc_ba"]),
        accepted=accepted,
        code=redacted_text(str(said.get("ma_loi") or ""), limit=40),
        message=redacted_text(str(said.get("mo_ta") or "")),
    )


def _found(said: Mapping[str, Any]) -> Found:
    return Found(
        uuid=_text(said["ma_dinh_danh_hoc_ba"]),
        school_code=_text(said["ma_truong"]),
        class_name=_text(said["ten_lop"]),
        pupil_name=_text(said["ho_va_ten"]),
        personal_number=_masked(_text(said["so_dinh_danh"])),
        version=int(said["phien_ban"]),
        state=_text(said["trang_thai"]),
    )


def _masked(number: str) -> str:
    return f"{number[:3]}…{number[-3:]}" if len(number) >= 9 else ""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("a text")
    return value


def _moment(value: object, now: datetime) -> datetime:
    if value is None:
        return now
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC)
