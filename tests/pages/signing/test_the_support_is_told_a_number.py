"""T22: a failure that sends people to the support says what to read to them: how the press's id in the audit begins."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hocba_core.audit import Event
from hocba_gateway.store.schema import audit


@pytest.mark.feature("T22")
@pytest.mark.fault(13)
async def test_values_that_do_not_fit_are_thrown_away_with_a_number(with_token, at_agent, run_agent, rows_of):
    of_another_text = b64encode(with_token.identity.sign_digest(bytes(32))).decode()

    async def spoil(route: Any) -> None:
        items = [item for item, _ in parse_qsl(route.request.post_data)]
        await route.continue_(post_data=urlencode(dict.fromkeys(items, of_another_text)))

    with_token.plug()
    await run_agent()
    page = await at_agent(with_token.caller, with_token.address)
    await page.route("**/gia-tri", spoil)
    await page.get_by_role("button", name="Ký học bạ").click()
    await page.locator("[data-agent-ok]:enabled").click()
    await page.locator("[data-progress] .alert-danger").wait_for()
    (intent,) = await rows_of(with_token.signing.school.id, audit, audit.c.event == Event.INTENT.value)
    number = intent.facts["confirmation"].partition("-")[0]
    await page.get_by_text(f"gọi bộ phận hỗ trợ và đọc mã {number}.").wait_for()
