"""Guards behind other guards: what the first line lets through only when something else is broken as well."""

from __future__ import annotations

import pytest
from hocba_agent.testing.running import RunningAgent
from hocba_agent.testing.tokens import PIN, Tokens
from hocba_agent.token.codes import ECDSA, RSA_PKCS, RSA_X_509
from hocba_agent.token.mechanism import DIGEST_INFO_SHA256, signing_input
from hocba_core.errors import HocbaError
from hocba_gateway.demo.agent_page import AgentPage

DIGEST = bytes(range(32))


@pytest.mark.threat("D8")
async def test_a_wrong_pin_does_not_pass_for_right_where_an_earlier_login_never_ended(
    page: AgentPage, agent: RunningAgent, tokens: Tokens
):
    """The driver says that it logged out and did not: the next C_Login is not looked at by the token."""
    agent.answers(pin=[PIN, "wrong"])
    certificate = (await page.certificates())[0].fingerprint
    tokens.tell("sticky")
    async for _ in page.sign(certificate, "Ký", [("one", "Lớp 9A, số 1", DIGEST)]):
        pass
    signed = len(tokens.calls("sign"))

    with pytest.raises(HocbaError):
        async for _ in page.sign(certificate, "Ký", [("two", "Lớp 9A, số 2", DIGEST[::-1])]):
            pass

    assert len(tokens.calls("sign")) == signed


@pytest.mark.threat("E3")
def test_a_token_is_given_the_digest_in_its_one_form():
    assert signing_input(RSA_PKCS, DIGEST, 256) == DIGEST_INFO_SHA256 + DIGEST
    block = signing_input(RSA_X_509, DIGEST, 256)
    assert len(block) == 256 and block.startswith(b"\0\1\xff") and block.endswith(b"\0" + DIGEST_INFO_SHA256 + DIGEST)
    assert signing_input(ECDSA, DIGEST, 32) == DIGEST


@pytest.mark.threat("E5")
@pytest.mark.parametrize("length", [0, 20, 31, 33, 51, 64, 256])
@pytest.mark.parametrize("mechanism", [RSA_PKCS, RSA_X_509, ECDSA])
def test_nothing_but_a_sha256_digest_is_given_to_a_token(mechanism: int, length: int):
    """A DigestInfo or a padded block of somebody's own would be signed as they please."""
    with pytest.raises(ValueError, match="digest"):
        signing_input(mechanism, bytes(length), 256)
