"""Says in a person's words why a file does not have the one shape. The refusal itself does not depend on it."""

from __future__ import annotations

import re

Explained = tuple[str, str, str]
"""Rule, slot (the file as a whole: ""), detail."""


def explain_shape(pdf: bytes, where: str) -> Explained:
    if b"%PDF-" not in pdf[:1024]:
        return "pdf_parse", "", "không phải tệp PDF"
    last = pdf.rfind(b"%%EOF")
    if last < 0:
        return "pdf_parse", "", "tệp bị cắt cụt"
    if b"/ByteRange" not in pdf:
        return "pdf_no_signature", "", ""
    if pdf[last + len(b"%%EOF") :] != b"\n":
        return "pdf_modified", "", "có dữ liệu sau dấu kết thúc tệp"
    revisions = len(re.findall(rb"startxref\s+\d+\s+%%EOF", pdf))
    if revisions > 1:
        return "pdf_modified", "", f"tệp đã được lưu thêm {revisions - 1} lần"
    if re.search(rb"/(?:XRef|XRefStm|ObjStm)\b", pdf):
        return "pdf_parse", "", "bảng tham chiếu khác mẫu"
    return "pdf_parse", "", f"cấu trúc bên trong không đúng mẫu ({where})"
