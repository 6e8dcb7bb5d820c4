"""A verdict in lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hocba_core.clock import VIETNAM
from hocba_core.verify.verdict import Outcome, SignatureVerdict, Verdict

KINDS = {"record": "học bạ số (XML)", "pdf": "bản thể hiện PDF", "package": "gói tin của lớp"}
OUTCOMES = {Outcome.VALID: "HỢP LỆ", Outcome.INVALID: "KHÔNG HỢP LỆ", Outcome.UNKNOWN: "CHƯA KẾT LUẬN ĐƯỢC"}
REVOCATION = {"not_checked": "chưa kiểm tra", "good": "đã kiểm tra, còn hiệu lực"}
TIMESTAMP = {"none": "không có"}


def lines(name: str, verdict: Verdict, indent: str = "") -> Iterator[str]:
    """One file: what it is, what is wrong with it as a whole, then each signature."""
    yield f"{indent}{name}"
    inner = indent + "  "
    yield (
        f"{inner}{OUTCOMES[verdict.outcome]} · {KINDS[verdict.kind]} · {verdict.level}"
        f" · thu hồi: {REVOCATION.get(verdict.revocation, verdict.revocation)}"
        f" · dấu thời gian: {TIMESTAMP.get(verdict.timestamp, verdict.timestamp)}"
    )
    if verdict.uuid:
        yield f"{inner}Mã định danh: {verdict.uuid}"
    yield f"{inner}SHA-256 của tệp: {verdict.sha256} · danh sách tin cậy: {verdict.trust_version}"
    for failure in verdict.failures:
        yield f"{inner}✗ {failure.text}"
    for signature in verdict.signatures:
        yield from _signature(signature, inner)
    for member in verdict.members:
        yield from lines(f"Học bạ {member.uuid}", member, inner)


def _signature(signature: SignatureVerdict, indent: str) -> Iterator[str]:
    mark = "✓" if signature.ok else "✗"
    number = f" ({signature.number})" if signature.number else ""
    yield f"{indent}{mark} {signature.role}: {signature.name or 'không rõ'}{number}, ký lúc {_moment(signature.time)}"
    yield f"{indent}    Phủ: {signature.covers}."
    if signature.serial:
        yield (
            f"{indent}    Chứng thư số {signature.serial} do {signature.issuer} cấp,"
            f" hiệu lực {_day(signature.valid_from)} – {_day(signature.valid_until)}; {signature.algorithm}."
        )
    for failure in signature.failures:
        yield f"{indent}    ✗ {failure.text}"


def _moment(moment: datetime | None) -> str:
    return (
        f"{moment.astimezone(VIETNAM):%H:%M:%S ngày %d/%m/%Y} (giờ Việt Nam, do máy ký ghi)" if moment else "không rõ"
    )


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}" if moment else "không rõ"
