"""The conformance kit against the sandbox in every guise: the contract is proved before real vendors come."""

from __future__ import annotations

import pytest
from hocba_core.errors import SettingWrong
from hocba_core.provider import Approval, Callback, Completion, KeyKind, LoginChallenge
from hocba_core.testing.clock import HandClock
from hocba_core.testing.conformance import ProviderConformance
from hocba_sandbox.provider import SEAL_HEADER, Sandbox, callback_seal
from hocba_sandbox.settings import CLIENT_SECRET, SWITCH, Behaviour
from hocba_sandbox.simulator import Simulator

pytestmark = [pytest.mark.feature("P8"), pytest.mark.feature("P9")]


class TestPhoneAndPoll(ProviderConformance):
    provider = Sandbox
    fake = Simulator


class _CodeFirst(Simulator):
    behaviour = Behaviour(
        approval=Approval.OTP, login_challenge=LoginChallenge.OTP, key_kind=KeyKind.P256, batch_limit=20
    )


class TestOtpAndChallengeOnP256(ProviderConformance):
    provider = Sandbox
    fake = _CodeFirst


class _Immediate(Simulator):
    behaviour = Behaviour(approval=Approval.NONE, completion=Completion.IMMEDIATE, batch_limit=None)


class TestImmediate(ProviderConformance):
    provider = Sandbox
    fake = _Immediate


class _Blocking(Simulator):
    behaviour = Behaviour(completion=Completion.BLOCKING)


class TestBlocking(ProviderConformance):
    provider = Sandbox
    fake = _Blocking


class _CallsBack(Simulator):
    behaviour = Behaviour(
        approval=Approval.TOTP,
        completion=Completion.CALLBACK,
        login_challenge=LoginChallenge.AUTHENTICATOR,
        verification_code=True,
    )


class TestCallbackWithCode(ProviderConformance):
    provider = Sandbox
    fake = _CallsBack


def _settings(**changed: object) -> dict[str, object]:
    return {"base_url": "http://127.0.0.1:9", "client_secret": CLIENT_SECRET, **Behaviour().to_settings(), **changed}


def test_it_refuses_to_start_outside_demo_and_tests(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SWITCH)
    with pytest.raises(SettingWrong, match=SWITCH):
        Sandbox(_settings(), clock)


@pytest.mark.fault(28)
async def test_a_forged_callback_names_no_request(clock: HandClock) -> None:
    provider = Sandbox(_settings(completion="callback"), clock)
    body = b'{"transaction": "t1"}'
    forged, reply = provider.read_callback({SEAL_HEADER: "0" * 64}, body)
    assert forged is None and reply.status == 403
    good, reply = provider.read_callback({SEAL_HEADER.lower(): callback_seal(CLIENT_SECRET, body)}, body)
    assert good == Callback({"transaction": "t1"}) and reply.status == 200
    await provider.close()
