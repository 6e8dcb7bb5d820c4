"""A pretend reception portal: `python -m hocba_reception_portal.simulator --trust-people F… --trust-seal F…`.

No portal has published its interface (2026-11). **Everything here is assumed**: the addresses, the field names
and the codes are the proposed contract's, so what passes here certifies nothing at a real portal. What is not
pretended is the judgement: a package and every record in it are verified as a stranger would, under the roots
that were given, and a record arrives once or not at all (hocba_core.testing.fake_portal). The form of a recall
request is not settled; such a request is kept and decided by hand, not judged.

    POST /token             client credentials, form-encoded -> access_token, expires_in
    POST /hocba             the package's bytes, Idempotency-Key -> 202 receipt
    GET  /receipts/{id}     receipt; CHO_XU_LY until the verdict is due
    POST /hocba/tra-cuu     search, JSON body
    POST /thu-hoi           a request to recall, Idempotency-Key; GET /thu-hoi/{id}
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from hocba_core.clock import system_clock
from hocba_core.portal import ReceiptState
from hocba_core.provider import Json
from hocba_core.testing.fake_portal import FakePortal, FakeReceipt, KeyReused, PortalOperation
from hocba_core.testing.fake_server import Route, WrongSetting
from hocba_core.testing.serve import listen
from hocba_core.trust import TrustStore

from hocba_reception_portal.settings import KEY, key_of

CLIENT_ID: Final = "hocba-gateway"
CLIENT_SECRET: Final = "mat-khau-cong-tiep-nhan"  # noqa: S105 - of a pretend portal
_TOKEN_LIVES: Final = timedelta(hours=1)
_MOST_FOUND: Final = 200
_STATES: Final = {
    ReceiptState.WAITING: "CHO_XU_LY",
    ReceiptState.ACCEPTED: "TIEP_NHAN",
    ReceiptState.REFUSED: "TU_CHOI",
}
_QUERY: Final = {
    "ma_dinh_danh_hoc_ba": "uuid",
    "so_dinh_danh": "number",
    "ten_lop": "class_name",
    "ho_va_ten": "pupil_name",
    "trang_thai": "state",
}


class _Refusal(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.answer = (status, {"ma_loi": code, "mo_ta": message})


class Simulator(FakePortal):
    key = KEY

    def __init__(self, **how: Any) -> None:
        """As FakePortal."""
        super().__init__(**how)
        self._tokens: dict[str, datetime] = {}

    def settings(self) -> Json:
        return {"base_url": self.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

    def wrong_settings(self) -> Sequence[WrongSetting]:
        return [
            WrongSetting({**self.settings(), "client_secret": "wrong"}, key_of("client_secret")),
            WrongSetting({**self.settings(), "scope": "wrong"}, key_of("scope")),
        ]

    def secrets(self) -> Sequence[str]:
        return [CLIENT_SECRET, *self._tokens]

    def routes(self) -> Sequence[Route]:
        spoken = (
            (PortalOperation.SEND, "POST", "/hocba", self._send),
            (PortalOperation.STATUS, "GET", "/receipts/{id}", self._status),
            (PortalOperation.SEARCH, "POST", "/hocba/tra-cuu", self._search),
            (PortalOperation.RECALL, "POST", "/thu-hoi", self._recall),
            (PortalOperation.RECALL_STATUS, "GET", "/thu-hoi/{id}", self._recall_status),
        )
        return [
            Route(PortalOperation.TOKEN, "/token", self._token),
            *(Route(operation, path, self._speaking(handler), method) for operation, method, path, handler in spoken),
        ]

    async def _token(self, request: web.Request) -> web.Response:
        said = await request.post()
        if said.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        if (said.get("client_id"), said.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        if said.get("scope", "hocba") != "hocba":
            return web.json_response({"error": "invalid_scope"}, status=400)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self.clock() + _TOKEN_LIVES
        seconds = int(_TOKEN_LIVES.total_seconds())
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": seconds})

    def _speaking(
        self, handler: Callable[[web.Request], Awaitable[tuple[int, Mapping[str, Any]]]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if self._tokens.get(token, self.clock()) <= self.clock():
                return web.json_response({"ma_loi": "HET_PHIEN", "mo_ta": "Phiên đã hết hạn"}, status=401)
            try:
                status, said = await handler(request)
            except _Refusal as refusal:
                status, said = refusal.answer
            return web.json_response(said, status=status)

        return handle

    async def _send(self, request: web.Request) -> tuple[int, Mapping[str, Any]]:
        if request.content_type not in ("application/xml", "text/xml"):
            raise _Refusal(415, "SAI_KIEU_NOI_DUNG", "Chỉ nhận application/xml")
        try:
            receipt = await self.receive(await request.read(), _key(request))
        except KeyReused as error:
            raise _Refusal(409, "TRUNG_KHOA", "Khóa đã dùng cho gói tin khác") from error
        return 202, self._said(receipt)

    async def _status(self, request: web.Request) -> tuple[int, Mapping[str, Any]]:
        receipt = self.receipts.get(request.match_info["id"])
        if receipt is None:
            raise _Refusal(404, "KHONG_CO_BIEN_NHAN", "Không có biên nhận này")
        return 200, self._said(receipt)

    def _said(self, receipt: FakeReceipt) -> Mapping[str, Any]:
        state = receipt.state(self.clock())
        said = {"ma_bien_nhan": receipt.id, "trang_thai": _STATES[state], "thoi_gian": receipt.at.isoformat()}
        if state is ReceiptState.WAITING:
            return said
        records = [
            {
                "ma_dinh_danh_hoc_ba": one.uuid,
                "chap_nhan": one.accepted,
                "ma_loi": one.code or None,
                "mo_ta": one.message or None,
            }
            for one in receipt.judged.records
        ]
        return {**said, "ma_loi": receipt.judged.code, "mo_ta": receipt.judged.message, "hoc_ba": records}

    async def _search(self, request: web.Request) -> tuple[int, Mapping[str, Any]]:
        asked = await request.json()
        if strange := set(asked) - set(_QUERY):
            raise _Refusal(400, "SAI_THAM_SO", f"Không có tham số {sorted(strange)[0]}")
        found = self.find({_QUERY[name]: value for name, value in asked.items()})
        rows = [
            {
                "ma_dinh_danh_hoc_ba": one.uuid,
                "ma_truong": one.school_code,
                "ten_lop": one.class_name,
                "ho_va_ten": one.pupil_name,
                "so_dinh_danh": one.number,
                "phien_ban": one.version,
                "trang_thai": one.state,
            }
            for one in found[:_MOST_FOUND]
        ]
        return 200, {"hoc_ba": rows}

    async def _recall(self, request: web.Request) -> tuple[int, Mapping[str, Any]]:
        if not await request.read():
            raise _Refusal(400, "YEU_CAU_RONG", "Yêu cầu thu hồi rỗng")
        recall = self.take_recall(_key(request))
        return 202, {"ma_yeu_cau": recall, "trang_thai": self.recalls[recall]}

    async def _recall_status(self, request: web.Request) -> tuple[int, Mapping[str, Any]]:
        recall = request.match_info["id"]
        if recall not in self.recalls:
            raise _Refusal(404, "KHONG_CO_BIEN_NHAN", "Không có yêu cầu này")
        return 200, {"ma_yeu_cau": recall, "trang_thai": self.recalls[recall]}


def _key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise _Refusal(400, "THIEU_KHOA", "Thiếu Idempotency-Key")
    return key


def main(arguments: Sequence[str] | None = None) -> None:
    """Blocks until it is told to end."""
    parser = argparse.ArgumentParser(description="A reception portal's simulator, for demos and tests only.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--trust-people", type=Path, nargs="+", required=True, help="PEM roots of people")
    parser.add_argument("--trust-seal", type=Path, nargs="+", required=True, help="PEM roots of schools' seals")
    parser.add_argument("--school", nargs="*", default=[], help="codes of schools that may send; none: all")
    parser.add_argument("--after-ms", type=int, default=500, help="how long a verdict takes")
    asyncio.run(_serve(parser.parse_args(arguments)))


async def _serve(options: argparse.Namespace) -> None:
    people, seal = await asyncio.to_thread(_roots, options)
    portal = Simulator(
        clock=system_clock,
        trust=TrustStore.of(people, seal),
        schools=options.school,
        thinks=timedelta(milliseconds=options.after_ms),
    )
    account = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    await listen(portal, options.host, options.port, account)


def _roots(options: argparse.Namespace) -> tuple[list[bytes], list[bytes]]:
    return [path.read_bytes() for path in options.trust_people], [path.read_bytes() for path in options.trust_seal]


if __name__ == "__main__":
    main()
