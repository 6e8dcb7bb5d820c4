"""Judges any file that we hand out (record, PDF, class package) by what it is, and a record with its PDF together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from hocba_core.package import is_package
from hocba_core.trust import TrustStore
from hocba_core.verify.package import verify_package
from hocba_core.verify.pdf import same_record, verify_pdf
from hocba_core.verify.record import verify_record
from hocba_core.verify.verdict import Failure, Outcome, Verdict

REQUIREMENTS = ("revocation", "timestamp")


def verify_file(data: bytes, trust: TrustStore, now: datetime) -> Verdict:
    """A PDF and a package say at their first byte what they are; all else is judged as a record."""
    if data.startswith(b"%PDF-"):
        return verify_pdf(data, trust, now)
    if is_package(data):
        return verify_package(data, trust, now)
    return verify_record(data, trust, now)


def with_requirements(verdict: Verdict, required: Collection[str]) -> Verdict:
    """A valid file of which something more was demanded that it does not have is of unknown validity."""
    lacking = []
    if "revocation" in required and verdict.revocation != "good":
        lacking.append(Failure("no_revocation"))
    if "timestamp" in required and verdict.timestamp == "none":
        lacking.append(Failure("no_timestamp"))
    if not lacking:
        return verdict
    outcome = Outcome.UNKNOWN if verdict.outcome is Outcome.VALID else verdict.outcome
    return replace(verdict, outcome=outcome, failures=(*verdict.failures, *lacking))


def together(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Of a record and a PDF with one uuid among the files: the PDF must be the face of that record's signed data.

    facts, signing §5.1 E21. A PDF without its record is judged by itself, and so is a record.
    """
    records = {verdict.uuid: verdict for verdict in verdicts if verdict.kind == "record" and verdict.uuid}
    return [_face(verdict, records.get(verdict.uuid)) for verdict in verdicts]


def _face(verdict: Verdict, record: Verdict | None) -> Verdict:
    if verdict.kind != "pdf" or record is None or same_record(verdict, record):
        return verdict
    return replace(
        verdict, outcome=Outcome.INVALID, failures=(*verdict.failures, Failure("pdf_other_record", detail=record.uuid))
    )
