"""`hocba demo`: the main job on an invented school, by people who call the gateway's API like anybody else.

Starts the programs, plays every part from the spreadsheets to the portal's receipt, leaves the files, and stays up.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import NoReturn

import aiohttp
import click
from hocba_core.errors import HocbaError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hocba_gateway.demo import account_steps, click_steps, results, school_steps, sending_steps, signing_steps
from hocba_gateway.demo.account_steps import TokenNotUsable
from hocba_gateway.demo.api import Api, Refusal
from hocba_gateway.demo.cast import Cast
from hocba_gateway.demo.processes import DidNotStart, Programs
from hocba_gateway.demo.programs import Place, prepare, start
from hocba_gateway.demo.progress import Steps
from hocba_gateway.demo.source import SAMPLE, NoSchool, Source, read_source
from hocba_gateway.demo.token import NoSoftHsm

STOPS = (
    DidNotStart,
    NoSchool,
    NoSoftHsm,
    Refusal,
    TokenNotUsable,
    school_steps.NotImported,
    signing_steps.NotSigned,
    sending_steps.NotSent,
)
"""What ends the demo with words instead of a trace."""
AGENT_WORDS = {
    "pin_wrong": "Mã PIN của USB Token không đúng; không thử lại.",
    "pin_blocked": "USB Token đã khóa vì nhập sai mã PIN nhiều lần.",
    "token_missing": "Không thấy USB Token của nhà trường.",
    "token_pulled": "USB Token bị rút ra khi đang ký.",
    "driver_failed": "Trình điều khiển của USB Token không trả lời.",
    "rejected": "Người giữ USB Token đã từ chối ký.",
    "lapsed": "Cửa sổ nhập mã PIN không có ai trả lời.",
}
"""What the agent says no to; the gateway's refusals bring their own words."""


@click.command("demo")
@click.option("--once", is_flag=True, help="Làm xong thì kết thúc, không ở lại.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SAMPLE,
    help="Thư mục bảng tính của một trường; mặc định là trường THCS mẫu.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), help="Thư mục kết quả.")
@click.option("--database", help="sqlite:///… hoặc postgresql://…; mặc định: SQLite mới trong thư mục kết quả.")
@click.option("--limit-pupils", type=click.IntRange(min=1), help="Chỉ N học sinh đầu của mỗi lớp.")
def command(once: bool, data: Path, out: Path, database: str | None, limit_pupils: int | None) -> None:
    """Chạy thử toàn bộ: từ bảng tính của trường đến biên nhận của Cổng tiếp nhận."""
    console = Console(highlight=False)
    try:
        source = read_source(data)
        out.mkdir(parents=True, exist_ok=True)
        results.clear(out)
        asyncio.run(_play(console, source, prepare(out, database), limit_pupils, once=once))
    except STOPS as error:
        _stopped(console, str(error))
    except HocbaError as error:
        _stopped(console, AGENT_WORDS.get(error.code, f"{type(error).__name__} {error}"))
    except OSError as error:
        _stopped(console, f"Không mở được {error.filename or ''}: {error.strerror or error}")
    except aiohttp.ClientError as error:
        _stopped(console, f"Mất kết nối với cổng ký: {type(error).__name__} {error}")


def _stopped(console: Console, words: str) -> NoReturn:
    """As it stands: brackets in names of files and sheets are no markup."""
    console.print(f"[bold red]Không chạy được:[/bold red] {escape(words)}")
    sys.exit(1)


async def _play(console: Console, source: Source, place: Place, limit: int | None, *, once: bool) -> None:
    steps = Steps(console)
    async with Programs(place.state / "logs") as programs:
        with steps.step("start", "Khởi động cổng ký, mô phỏng, phần mềm ký"):
            stage = await start(programs, place, source)
        async with Api(stage.address) as api:
            cast = Cast(source, place, stage, api, limit)
            await _prepare_school(cast, steps, once=once)
            await _sign(cast, steps)
            outcome = await _send(cast, steps)
            with steps.step("files", "Lấy tệp XML, PDF, gói tin về", None) as bar:
                await results.fetch_files(cast, outcome, bar)
            results.show(console, cast, results.write_reports(cast, outcome, steps.seconds))
            if not once:
                with steps.step("leave", "Để lại việc cho người bấm thử", None) as bar:
                    await click_steps.leave_work(cast, bar)
                await click_steps.hand_over_phones(cast)
                _show_accounts(console, cast)
                await _stay()


async def _prepare_school(cast: Cast, steps: Steps, *, once: bool) -> None:
    with steps.step("school", "Sở mở trường, khai báo Cổng tiếp nhận"):
        await school_steps.open_school(cast)
    with steps.step("import", "Nhập bảng tính của trường"):
        await school_steps.import_files(cast)
        await school_steps.fill_profile(cast)
    if not once:
        click_steps.keep_back(cast)
    with steps.step("people", "Tạo tài khoản, cấp quyền", None) as bar:
        await school_steps.open_accounts(cast, bar)
    with steps.step("register", "Đăng ký tài khoản ký", None) as bar:
        await account_steps.use_vendor(cast)
        await account_steps.register_people(cast, bar)
    with steps.step("approve", "Duyệt tài khoản ký, chứng thư số nhà trường"):
        await account_steps.approve_people(cast)
        await account_steps.register_school(cast)
    with steps.step("create", "Khóa lớp, tạo học bạ", None) as bar:
        await signing_steps.create(cast, bar)


async def _sign(cast: Cast, steps: Steps) -> None:
    for kind in ("gvbm", "gvcn", "cbql"):
        if kind == "gvbm" and all(room["profile"].startswith("th_") for room in cast.classes):
            continue  # primary has no such step
        with steps.step(kind, results.KINDS[kind], None) as bar:
            await signing_steps.sign_by_phone(cast, kind, bar)
    with steps.step("phat-hanh", results.KINDS["phat-hanh"], None) as bar:
        await signing_steps.sign_by_token(cast, "phat-hanh", bar)


async def _send(cast: Cast, steps: Steps) -> results.Outcome:
    with steps.step("complete", "Xác nhận hoàn thành", None) as bar:
        await sending_steps.complete(cast, bar)
    with steps.step("pack", "Đóng gói theo lớp", None) as bar:
        await sending_steps.pack(cast, bar)
    with steps.step("goi", results.KINDS["goi"], None) as bar:
        await signing_steps.sign_by_token(cast, "goi", bar)
    with steps.step("send", "Gửi lên Cổng tiếp nhận, chờ biên nhận", None) as bar:
        return results.Outcome(await sending_steps.await_receipts(cast, bar))


def _show_accounts(console: Console, cast: Cast) -> None:
    table = Table(title="Tài khoản để bấm thử (chỉ có trong lần chạy này)", title_justify="left")
    for title in ("Ai", "Tên đăng nhập", "Mật khẩu"):
        table.add_column(title)
    for one in cast.offered():
        table.add_row(f"{one.role} {one.name}".strip(), one.username, one.password.reveal())
    console.print(table)
    console.print(
        f"Cổng ký đang chạy ở [bold]{cast.stage.address}[/bold] (API: {cast.stage.address}/api/v1/openapi.json).\n"
        f"Điện thoại mô phỏng (mở ở thẻ thứ hai, bấm Xác nhận): [bold]{cast.stage.phones}[/bold]"
    )
    console.print("Bấm Ctrl-C để dừng.")


async def _stay() -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, ended.set)
    await ended.wait()
