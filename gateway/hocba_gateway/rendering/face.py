"""The PDF of a record as signing needs it: rendered, prepared, finished, judged. Is a signing.desk.Face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hocba_core.certificate import Certificate
from hocba_core.pades.embed import embed
from hocba_core.pades.prepare import PreparedPdf, prepare
from hocba_core.trust import TrustStore
from hocba_core.verify.pdf import verify_pdf

from hocba_gateway.rendering.pool import RenderPool
from hocba_gateway.rendering.render import Seal


@dataclass(frozen=True, slots=True)
class PdfFace:
    pool: RenderPool

    async def prepare(
        self, record: bytes, certificate: Certificate, chain: Sequence[bytes], signing_time: datetime
    ) -> PreparedPdf:
        """`record` is verified and signed up to the leader. The seal's appearance names certificate and time."""
        shown = Seal(certificate.name, certificate.tax_code, signing_time)
        return prepare(await self.pool.sealable(record, shown), certificate, chain, signing_time)

    def embed(self, prepared: bytes, pdf: bytes, value: bytes) -> bytes:
        """`prepared` is to_bytes(), `pdf` the file with the hole."""
        return embed(PreparedPdf.from_bytes(prepared, pdf), value)

    def problem(self, pdf: bytes, trust: TrustStore, now: datetime) -> str:
        """ "" when a stranger calls the finished file valid, else the first rule that failed."""
        return next((failure.rule for failure in verify_pdf(pdf, trust, now).all_failures()), "")
