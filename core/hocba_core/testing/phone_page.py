"""Everybody's phone as a page, for a demo that people click through: what waits for whom, [Xác nhận], [Từ chối]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from hocba_core.testing.phone import FakePerson, State, Transaction

REFRESH_SECONDS = 3
_STYLE = """
body { margin: 0; background: #e8edf2; color: #1b2733; font: 17px/1.45 "Be Vietnam Pro", system-ui, sans-serif; }
main { max-width: 30rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.3rem; margin: .25rem 0; } h2 { font-size: 1.1rem; margin: 0; } p { margin: .25rem 0; }
article { background: #fff; border-radius: 14px; padding: 1rem; margin: .75rem 0; box-shadow: 0 2px 8px #0002; }
ul { margin: .25rem 0 .5rem; padding-left: 1.2rem; max-height: 9rem; overflow: auto; }
form { display: flex; gap: .5rem; margin-top: .6rem; }
button { flex: 1; font: inherit; font-weight: 600; padding: .7rem; border: 1px solid #17406d; border-radius: 10px; }
.yes { background: #17406d; color: #fff; } .no { background: #fff; color: #17406d; }
.quiet { color: #4c5866; font-size: .9rem; }
"""


def phone_page(title: str, transactions: Sequence[Transaction], people: Mapping[str, FakePerson], now: datetime) -> str:
    """Those that wait, the newest first. It looks again by itself, and needs no script."""
    waiting = [one for one in reversed(transactions) if one.state(now) is State.WAITING]
    cards = "".join(_card(one, people, now) for one in waiting)
    nothing = "<article><p>Chưa có yêu cầu ký nào. Trang này tự tải lại.</p></article>"
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}"><title>({len(waiting)}) Điện thoại mô phỏng</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>Điện thoại mô phỏng: {escape(title)}</h1>"
        '<p class="quiet">Bản chạy thử: điện thoại của mọi người ở trên một trang.</p>'
        f"{cards or nothing}</main></body></html>"
    )


def _card(one: Transaction, people: Mapping[str, FakePerson], now: datetime) -> str:
    person = people.get(one.user)
    titles = "".join(f"<li>{escape(title)}</li>" for title in one.titles)
    left = max(0, int((one.lapses_at - now).total_seconds()))
    return (
        f"<article><h2>{escape(person.name if person else one.user)}</h2><p>{escape(one.description)}</p>"
        f'<p class="quiet">{len(one.titles)} mục, còn {left} giây</p><ul>{titles}</ul>'
        '<form method="post" action="tap">'
        f'<input type="hidden" name="transaction" value="{escape(one.id)}">'
        '<button class="no" name="mood" value="reject">Từ chối</button>'
        '<button class="yes" name="mood" value="approve">Xác nhận</button></form></article>'
    )
