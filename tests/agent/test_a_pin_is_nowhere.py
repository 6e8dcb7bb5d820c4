from __future__ import annotations

import base64

import pytest
from hocba_agent.testing.processes import command_line, environment, family, memory
from hocba_agent.testing.running import SITE, items
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_core.errors import PinWrong
from hocba_core.testing.pki import Identity
from hocba_gateway.demo.agent_page import AgentPage

WRONG = "8520-wrong-1397"
FORMS = [
    form
    for pin in (PIN, WRONG)
    for form in (pin.encode(), base64.b64encode(pin.encode()), pin.encode().hex().encode(), pin.encode("utf-16-le"))
]


@pytest.mark.feature("G4")
@pytest.mark.feature("T10")
@pytest.mark.threat("D10")
@pytest.mark.threat("D11")
async def test_a_pin_is_in_no_log_command_environment_file_or_the_network_process(
    start_agent, tokens: Tokens, owner: Identity
):
    tokens.add("gv01", owner)
    agent = await start_agent(consent=["remember"], pin=[WRONG, PIN])
    tokens.tell("slow", 20)
    looked = 0
    async with await AgentPage.connect(agent.address, SITE) as page:
        job = await page.open((await page.certificates())[0].fingerprint, "Ký", items(20))
        with pytest.raises(PinWrong):
            async for _ in job.run():
                pass
        async for _ in job.run():  # logged in: the worker has had the PIN
            for process in family(agent.pid):
                found = command_line(process) + environment(process)
                assert not [form for form in FORMS if form in found]
                looked += 1
    assert looked >= 2 * 20, "the network process and its worker, at each signature"
    image = memory(agent.pid)
    assert b"gv01" in image, "what is searched is really the memory"
    assert not [form for form in FORMS if form in image]

    files = [agent.log_file, *(file for file in agent.config.rglob("*") if file.is_file())]
    files += [agent.script.with_name(agent.script.name + ".asked")]
    assert len(files) >= 3
    for file in files:
        assert not [form for form in FORMS if form in file.read_bytes()], file
    assert "signed 20 of 20" in agent.log
