"""What each broken rule means, in words that a headmaster understands. `{detail}` completes a text."""

from __future__ import annotations

TEXTS = {
    # the file
    "too_large": "Tệp lớn hơn giới hạn cho phép; không phải học bạ số.",
    "not_xml": "Tệp không phải XML đúng quy cách.",
    "encoding": "Tệp không dùng bảng mã UTF-8.",
    "doctype": "Tệp có khai báo DTD hoặc thực thể; học bạ số không bao giờ có.",
    "not_canonical": "Nội dung tệp không ở dạng chuẩn: có phần bị thêm, bớt hoặc viết lại sau khi tạo.",
    "not_record": "Tệp không phải học bạ số mà hệ thống này biết.",
    "unknown_profile": "Không có mẫu học bạ cho thông tư, cấp học và phiên bản ghi trong tệp.",
    "structure": "Cấu trúc không đúng mẫu học bạ: {detail}.",
    "uuid": "Mã định danh học bạ không hợp lệ.",
    "block_of_other": "Có khối điểm không thuộc học bạ này (khối {detail}).",
    "slot_ids": "Ô chữ ký thiếu, thừa hoặc sai thứ tự: {detail}.",
    "duplicate_id": "Mã Id bị lặp: {detail}.",
    "stray_signature": "Có chữ ký nằm ngoài ô dành cho nó.",
    "missing_signature": "Thiếu chữ ký: {detail}.",
    "order": "Thứ tự ký không đúng: {detail}.",
    # one signature
    "form": "Chữ ký không theo khuôn dạng được phép (thuật toán, phép biến đổi hoặc phần được ký).",
    "coverage": "Chữ ký không phủ đúng phần mà vai trò này phải ký ({detail}).",
    "digest": "Nội dung đã bị thay đổi sau khi ký ({detail}).",
    "value": "Giá trị chữ ký không khớp với chứng thư số và nội dung.",
    "certificate_unreadable": "Không đọc được chứng thư số trong chữ ký.",
    "certificate_swapped": "Chứng thư số kèm theo không phải chứng thư đã dùng khi ký.",
    "key": "Khóa hoặc thuật toán của chứng thư số không được phép.",
    "usage": "Chứng thư số này không dùng để ký văn bản.",
    "untrusted": "Chứng thư số không do tổ chức được tin cậy cho vai trò này cấp ({detail}).",
    "chain": "Chuỗi chứng thư số không hợp lệ tại thời điểm ký ({detail}).",
    "chain_extra": "Chữ ký kèm chứng thư số không thuộc đường dẫn tin cậy, hoặc sai thứ tự.",
    "ended": "Chứng thư số không còn (hoặc chưa) hiệu lực tại thời điểm ký.",
    "wrong_person": "Người ký không phải người được ghi trong học bạ.",
    "wrong_school": "Chứng thư số đóng dấu không phải của trường được ghi trong học bạ.",
    "personal_seal": "Dấu của trường được ký bằng chứng thư số cá nhân.",
    "future": "Thời điểm ký ở tương lai.",
    # PDF
    "pdf_parse": "Tệp PDF hỏng hoặc không đọc được: {detail}.",
    "pdf_no_signature": "Tệp PDF chưa có chữ ký của nhà trường.",
    "pdf_many_signatures": "Tệp PDF có số chữ ký khác quy định.",
    "pdf_byte_range": "Phạm vi ký của PDF không phủ toàn bộ tệp: {detail}.",
    "pdf_modified": "Tệp PDF bị sửa sau khi ký: {detail}.",
    "pdf_form": "Chữ ký PDF không theo khuôn dạng được phép: {detail}.",
    "pdf_content": "PDF có nội dung không được phép: {detail}.",
    "pdf_binding": "PDF không ghi mã học bạ và giá trị băm của dữ liệu.",
    "pdf_other_record": "PDF không khớp dữ liệu đã ký của học bạ XML cùng mã ({detail}).",
    # package
    "package_form": "Gói tin không đúng khuôn dạng: {detail}.",
    "package_unsealed": "Gói tin chưa được nhà trường ký.",
    "package_record_digest": "Bản ghi trong gói không khớp giá trị băm đã ký: {detail}.",
    "package_record_uuid": "Mã học bạ trong gói không khớp với bản ghi: {detail}.",
    "package_record_invalid": "Học bạ trong gói không hợp lệ: {detail}.",
    "package_duplicate": "Học bạ xuất hiện hai lần trong gói: {detail}.",
    "package_school": "Gói tin có học bạ của trường khác: {detail}.",
    # what was required and is not there
    "no_revocation": "Chưa kiểm tra được tình trạng thu hồi chứng thư số.",
    "no_timestamp": "Tệp không có dấu thời gian.",
}


def explain(rule: str, detail: str = "") -> str:
    return TEXTS[rule].format(detail=detail)
