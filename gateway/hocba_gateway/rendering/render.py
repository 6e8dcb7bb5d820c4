"""A verified record -> its PDF. One renderer lives as long as its process: typst keeps fonts and layout warm.

The same record, seal and time give the same bytes. Not safe for two threads; see pool.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import fontpkg_be_vietnam_pro
import segno
import typst
from hocba_core.errors import OurFault
from hocba_core.pades.binding import binding
from hocba_core.pades.field import Place
from hocba_core.transcript.profile import PROFILES, load_profile
from hocba_core.transcript.record import data_digest_of

from hocba_gateway.rendering.form_data import Data, breakable, form_data, moment
from hocba_gateway.rendering.typst_pdf import with_planned_field

FONTS = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
_MM = 72 / 25.4
_PAGE_HEIGHT_MM = 297.0


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Where the seal stands on page 2, in millimetres from the page's upper left corner."""

    x: float = 76.0
    y: float = 235.0
    w: float = 58.0
    h: float = 24.0

    def in_points(self) -> Place:
        bottom = _PAGE_HEIGHT_MM - self.y - self.h
        return Place(self.x * _MM, bottom * _MM, (self.x + self.w) * _MM, (bottom + self.h) * _MM)


@dataclass(frozen=True, slots=True)
class Seal:
    """What the seal's appearance says; prepare() must be given the same certificate and time."""

    name: str
    """The school, as its certificate has it."""
    tax_code: str
    time: datetime


@dataclass(slots=True)
class Renderer:
    """`lookup`: address of a page that takes `?ma=<uuid>`, for the QR; without one the QR holds uuid and digest."""

    lookup: str = ""
    place: SealPlace = SealPlace()
    _compilers: dict[str, typst.Compiler] = field(default_factory=dict, repr=False)

    def sealable(self, record: bytes, seal: Seal) -> bytes:
        """PDF/A-2b of two A4 pages with the planned field. `record` is verified, signed up to the leader."""
        data = form_data(record)
        shown = {"name": breakable(seal.name), "tax_code": seal.tax_code, "time": moment(seal.time)}
        pdf = self._compile(data, record, shown, seal.time)
        return with_planned_field(pdf, self.place.in_points())

    def preview(self, record: bytes, now: datetime) -> bytes:
        """The same form at any stage of signing, marked BẢN XEM TRƯỚC, without a field."""
        return self._compile(form_data(record), record, None, now)

    def _compile(self, data: Data, record: bytes, seal: dict[str, str] | None, time: datetime) -> bytes:
        header = data["header"]
        uuid, digest = header["MA_DINH_DANH_HOC_BA"], data_digest_of(record).hex()
        given: dict[str, Any] = data | {
            "uuid": uuid,
            "digest": digest,
            "binding": binding(uuid, digest, header["MA_SO_THUE"], data["profile"]) if seal else "",
            "qr": self._qr(uuid, digest),
            "seal": seal,
            "preview": seal is None,
            "place": {"x": self.place.x, "y": self.place.y, "w": self.place.w, "h": self.place.h},
        }
        compiler = self._compiler(data["profile"])
        try:
            pdf = compiler.compile(
                format="pdf",
                sys_inputs={"d": json.dumps(given, ensure_ascii=False)},
                pdf_standards="a-2b",
                timestamp=int(time.timestamp()),
                pdf_tags=False,  # the appearance is a page that leaves the document; its tags would point nowhere
            )
        except typst.TypstError:
            raise OurFault(what="form") from None  # its message may quote the pupil
        assert isinstance(pdf, bytes)
        return pdf

    def _compiler(self, profile: str) -> typst.Compiler:
        if profile not in self._compilers:
            self._compilers[profile] = typst.Compiler(
                load_profile(profile).path("form.typ"), root=PROFILES, font_paths=[FONTS], ignore_system_fonts=True
            )
        return self._compilers[profile]

    def _qr(self, uuid: str, digest: str) -> str:
        text = f"{self.lookup}?ma={uuid}" if self.lookup else f"HOC BA SO {uuid} SHA256 {digest}".upper()
        # a fixed mask: to try all eight takes longer than the whole form
        code = segno.make_qr(text, error="m", mask=2)
        out = BytesIO()
        code.save(out, kind="svg", border=0, xmldecl=False, svgns=True, omitsize=True)
        return out.getvalue().decode()
