/** What a person should do about each error, beside the error's own words. */

import * as agents from "/static/agent/hocba-agent.js";

const ADVICE = [
  [agents.AgentNotInstalled, "Chưa thấy chương trình ký", [
    "Nhìn góc dưới bên phải màn hình, cạnh đồng hồ: nếu chưa có biểu tượng chương trình ký, hãy mở chương trình từ danh sách ứng dụng.",
    "Nếu máy chưa cài, hãy cài chương trình ký, hoặc nhờ người phụ trách máy tính của trường.",
    "Bấm “Tìm lại”.",
  ]],
  [agents.BrowserBlocks, "Trình duyệt đang chặn", []],
  [agents.UserRefused, "Bạn đã không cho phép trang này", [
    "Nếu bấm nhầm, hãy bấm “Tìm lại” rồi bấm Cho phép ở cửa sổ của chương trình ký.",
    "Nếu bạn không mở trang này để ký, hãy đóng trang.",
  ]],
  [agents.SiteRefused, "Chương trình ký không nhận trang này", [
    "Nhờ người quản trị thêm địa chỉ trang này vào chương trình ký.",
    "Nếu máy chưa cài chương trình ký, hãy cài trước: có thể một chương trình khác đang trả lời thay.",
  ]],
  [agents.AgentTooOld, "Chương trình ký quá cũ", ["Cài bản mới của chương trình ký rồi bấm “Tìm lại”."]],
  [agents.AgentTooNew, "Trang này quá cũ", ["Tải lại trang (phím F5)."]],
  [agents.AgentBusy, "Chương trình ký đang bận", [
    "Tìm cửa sổ của chương trình ký (có thể nằm sau cửa sổ khác) và trả lời cửa sổ đó.",
    "Thử lại.",
  ]],
  [agents.AgentRefuses, "Chương trình ký không nhận thêm kết nối", ["Đóng các thẻ khác đang mở trang này rồi bấm “Tìm lại”."]],
  [agents.AgentGone, "Chương trình ký đã đóng", [
    "Mở lại chương trình ký.",
    "Bấm “Tìm lại”, rồi bấm “Ký tiếp”: chỉ những mục chưa ký mới được ký.",
  ]],
  [agents.TokenPulled, "USB Token bị rút ra", ["Cắm lại đúng USB Token đó.", "Bấm “Ký tiếp” và nhập mã PIN."]],
  [agents.OtherToken, "Không đúng USB Token", ["Cắm lại USB Token đã dùng lúc đầu rồi bấm “Ký tiếp”."]],
  [agents.TokenMissing, "Không thấy USB Token", ["Cắm USB Token, đợi đèn sáng, rồi thử lại."]],
  [agents.PinWrong, "Sai mã PIN", ["Kiểm tra phím Caps Lock và bộ gõ tiếng Việt.", "Bấm “Ký tiếp” và nhập lại. Sai nhiều lần USB Token sẽ bị khóa."]],
  [agents.PinBlocked, "USB Token đã bị khóa", ["Gọi nhà cung cấp chứng thư số để mở khóa."]],
  [agents.Cancelled, "Đã dừng", ["Bấm “Ký tiếp” để ký nốt các mục còn lại."]],
  [agents.Rejected, "Bạn đã bấm Hủy", ["Bấm “Ký tiếp” nếu muốn ký nốt."]],
  [agents.Lapsed, "Quá thời gian chờ", ["Thử lại, và trả lời cửa sổ của chương trình ký khi nó hiện ra."]],
];

const BLOCKED = {
  denied: ["Bấm biểu tượng bên trái ô địa chỉ, mục “Ứng dụng trên thiết bị”, chọn Cho phép.", "Tải lại trang rồi bấm “Tìm chương trình ký”."],
  insecure: ["Mở lại trang bằng địa chỉ bắt đầu bằng https://", "Nếu vẫn không được, có thể máy chưa cài hoặc chưa mở chương trình ký."],
};

/** {title, steps} for any error, ours or not. */
export function adviceFor(error) {
  const [, title, steps] = ADVICE.find(([kind]) => error instanceof kind) ?? [null, "Có lỗi", ["Thử lại; nếu vẫn lỗi, hãy báo người quản trị."]];
  return { title, steps: error instanceof agents.BrowserBlocks ? (BLOCKED[error.facts.why] ?? ["Báo người làm trang web."]) : steps };
}
