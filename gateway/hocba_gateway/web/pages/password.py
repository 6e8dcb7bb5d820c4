"""One's own password, changed (S5)."""

from __future__ import annotations

from hocba_core.errors import BadInput
from hocba_core.secret import Secret

from hocba_gateway.services import logins
from hocba_gateway.services.passwords import SHORTEST
from hocba_gateway.web.pages.forms import secret
from hocba_gateway.web.pages.page import Closed, Fields, Pages, View
from hocba_gateway.web.problems import words_of
from hocba_gateway.web.route import Call, Who

pages = Pages("password")
HOME = "/mat-khau"


@pages.get(HOME, Who.LOGGED_IN)
async def password(call: Call) -> View:
    return _page()


@pages.post(HOME, Who.LOGGED_IN)
async def change(call: Call, body: Fields) -> View | Closed:
    """Every log-in of the account ends, this one too; what is wrong is said beside its field."""
    old, new = secret(body, "old"), secret(body, "new")
    if new != secret(body, "again"):
        return _page("again")
    try:
        await logins.change_password(call.gateway, call.principal, Secret(old), Secret(new))
    except BadInput as error:
        return _page(str(error.facts["field"]), words_of(error.code, error.facts))
    return Closed("/login?doi-mat-khau=1")


def _page(wrong: str = "", words: dict[str, str] | None = None) -> View:
    values = {"wrong": wrong, "words": words, "shortest": SHORTEST}
    return View("password.html", values, 422 if wrong else 200)
