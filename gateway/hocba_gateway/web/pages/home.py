"""The first page: what waits for me, what goes on, what was returned, what ends soon. One click to each."""

from __future__ import annotations

from hocba_gateway.services import signing, transcripts
from hocba_gateway.services.reminders import ending_soon, returned_to
from hocba_gateway.web.pages.page import Pages, View
from hocba_gateway.web.route import Call, Who

pages = Pages("home")


@pages.get("/", Who.LOGGED_IN)
async def home(call: Call) -> View:
    if call.principal.school is None:
        return View("home_officer.html")
    scope = call.scope
    async with scope.read() as tx:
        waiting = await transcripts.waiting(tx, call.principal)
        returned = await returned_to(tx, call.principal)
        ending = await ending_soon(tx, call.principal)
    open_ones = [
        await signing.confirmation(scope, call.principal, one)
        for one in (await signing.open_confirmations(scope, call.principal))[:10]
    ]
    return View(
        "home.html",
        {
            "waiting": waiting,
            "total": sum(len(one.ids) for one in waiting),
            "returned": returned,
            "ending": ending,
            "going_on": open_ones,
        },
    )
