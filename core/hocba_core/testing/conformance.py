"""The tests that every signing provider must pass, each against the vendor's own fake.

    from hocba_core.testing.conformance import ProviderConformance

    class TestMyVendor(ProviderConformance):
        provider = MyVendor
        fake = MyVendorSimulator

needs `hocba-core[testing]` and nothing of the gateway. A vendor without a fake fails. What a provider cannot
do (its `can` says so) is not asked of it; all else is. A failure says in words what is wrong and why it matters.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from hocba_core.errors import (
    AccountUnknown,
    HocbaError,
    Lapsed,
    OutOfTurns,
    Refused,
    RefusesUs,
    Rejected,
    RequestRefused,
    SessionEnded,
    SettingWrong,
)
from hocba_core.provider import Completed, Pending, Session
from hocba_core.testing.conformance_line import BROKEN_ANSWERS, OnTheLine, quotes_the_vendor
from hocba_core.testing.fake_vendor import Fault, Operation
from hocba_core.testing.phone import FakePerson, Mood
from hocba_core.testing.stage import Stage, good_items, in_words, must_raise, through_json

_CLASS = 45


class ProviderConformance(OnTheLine):
    """Set `provider` and `fake`; nothing else is needed."""

    # --- what it says about itself ---------------------------------------------------------------

    async def test_it_says_what_it_is(self, stage: Stage) -> None:
        provider = stage.provider()
        can = provider.can
        assert re.fullmatch(r"[a-z][a-z0-9_]*", provider.key), "key: lower-case letters, digits and underscores"
        assert provider.title, "title: what a teacher reads in the list of vendors"
        assert can.lifetime > timedelta(0), "can.lifetime: the screen counts down with it"
        assert can.keys, "can.keys: which keys this vendor signs with"
        assert can.title_chars > 0 and can.description_chars > 0, "can: how much text the person can read"
        for field in can.fields:
            assert field.label, f"field {field.name}: a Vietnamese label"
            re.compile(field.pattern or "")

    async def test_a_setting_it_does_not_know_is_refused_by_name(self, stage: Stage) -> None:
        with must_raise(SettingWrong, "a setting with a typing mistake") as caught:
            stage.provider({**stage.fake.settings(), "no_such_setting": 1})
        assert "no_such_setting" in str(caught[0].facts.get("setting")), "SettingWrong must name the key"

    # --- our own account -------------------------------------------------------------------------

    async def test_check_passes_with_a_good_account(self, stage: Stage) -> None:
        await stage.provider().check()

    async def test_our_refused_account_names_the_setting(self, stage: Stage) -> None:
        for wrong in stage.fake.wrong_settings():
            provider = stage.provider(wrong.settings)
            with must_raise(RefusesUs, f"check() with a wrong {wrong.blamed}") as caught:
                await provider.check()
            assert caught[0].facts.get("setting") == wrong.blamed, (
                f"RefusesUs must name the setting to mend, {wrong.blamed!r}: an administrator reads it"
            )
            with must_raise(RefusesUs, f"open_session() with a wrong {wrong.blamed}"):
                await stage.session(provider, stage.person())
        assert not stage.fake.transactions

    async def test_an_unknown_user_is_told_as_such(self, stage: Stage) -> None:
        stranger = FakePerson(stage.fake.make_user("Nobody", "001000000000"), "Nobody", "001000000000")
        with must_raise(AccountUnknown, "a user name that the vendor does not know"):
            await stage.session(stage.provider(), stranger)

    # --- signing ---------------------------------------------------------------------------------

    async def test_an_approved_value_verifies_under_the_promised_certificate(self, stage: Stage) -> None:
        asked = await stage.ask()
        completed = await stage.finish(asked)
        assert good_items(asked.request, completed) == {"item-1"}, (
            "the value does not verify: is the digest sent as the vendor wants it (hex, base64), and is the "
            "value raw (no DigestInfo before, no CMS around, ECDSA as r and s)?"
        )

    async def test_everybody_sees_only_their_own_certificate(self, stage: Stage) -> None:
        provider = stage.provider()
        for person in (stage.person("Nguyễn Thị An"), stage.person("Trần Văn Bình")):
            own = (await stage.fake.identity_of(person)).certificate
            found = await provider.credentials(await stage.session(provider, person))
            assert [one.certificate for one in found] == [own], f"credentials() of {person.name}"

    async def test_a_class_is_one_confirmation(self, stage: Stage) -> None:
        limit = stage.provider().can.batch_limit or _CLASS
        count = min(_CLASS, limit)
        asked = await stage.ask(count=count)
        completed = await stage.finish(asked)
        assert len(good_items(asked.request, completed)) == count
        assert len(stage.fake.transactions) == 1, "one request must be one confirmation on the phone"

    async def test_over_the_limit_is_refused_before_anybody_is_asked(self, stage: Stage) -> None:
        limit = stage.provider().can.batch_limit
        if limit is None:
            return
        with must_raise((RequestRefused, Refused), f"{limit + 1} digests where can.batch_limit is {limit}"):
            await stage.ask(count=limit + 1)
        assert not stage.fake.transactions, "the phone rang for a request that is over the limit"

    # --- a person says no, or nothing ------------------------------------------------------------

    @pytest.mark.parametrize(
        ("mood", "kind"), [(Mood.REJECT, Rejected), (Mood.IGNORE, Lapsed), (Mood.NO_TURNS, OutOfTurns)]
    )
    async def test_no_means_no_and_a_new_attempt_succeeds(
        self, stage: Stage, mood: Mood, kind: type[HocbaError]
    ) -> None:
        person = stage.person()
        stage.fake.phone.will(mood, user=person.user)
        with must_raise(kind, f"the person's phone: {mood}") as caught:
            asked = await stage.ask(person)
            if mood is Mood.IGNORE:
                stage.lapse(asked)
            await stage.finish(asked)
        quotes_the_vendor(caught[0])

        stage.fake.phone.will(Mood.APPROVE, user=person.user)
        again = await stage.ask(person)
        assert good_items(again.request, await stage.finish(again)) == {"item-1"}

    # --- values that must not be believed ----------------------------------------------------------

    async def test_another_persons_values_are_handed_on_to_be_refused(self, stage: Stage) -> None:
        stage.fake.misbehave(Fault.OTHER_KEY)
        asked = await stage.ask(count=3)
        completed = await stage.finish(asked)
        assert good_items(asked.request, completed) == set()

    async def test_a_value_of_another_digest_spoils_one_item_only(self, stage: Stage) -> None:
        stage.fake.misbehave(Fault.OTHER_DIGEST)
        asked = await stage.ask(count=3)
        completed = await stage.finish(asked)
        assert good_items(asked.request, completed) == {"item-2", "item-3"}, (
            "one wrong value must not take the others with it"
        )

    async def test_two_swapped_values_never_pass_for_each_other(self, stage: Stage) -> None:
        stage.fake.misbehave(Fault.SWAP_TWO)
        asked = await stage.ask(count=3)
        completed = await stage.finish(asked)
        assert "item-3" in good_items(asked.request, completed), "the third value was in its place"
        assert len(completed.values) == 3, "swapped values are handed on: core tells which is whose"

    async def test_fewer_values_than_asked_are_handed_on(self, stage: Stage) -> None:
        stage.fake.misbehave(Fault.ONE_MISSING)
        asked = await stage.ask(count=3)
        completed = await stage.finish(asked)
        assert len(completed.values) == 2
        assert good_items(asked.request, completed) == {"item-1", "item-2"}

    # --- what survives -------------------------------------------------------------------------------

    async def test_a_restart_while_waiting_loses_nothing(self, stage: Stage) -> None:
        asked = await stage.ask(count=3)
        data = through_json(asked.session.data, "Session.data")
        answer = asked.answer
        if isinstance(answer, Pending):
            answer = replace(answer, handle=through_json(answer.handle, "Pending.handle"))
        after = replace(
            asked,
            provider=stage.provider(),
            session=Session(data, asked.session.expires_at),
            answer=answer,
        )
        with in_words(
            "after a restart, a fresh provider object cannot finish the request: what poll() needs must be in "
            "Pending.handle or Session.data, never in the object"
        ):
            assert len(good_items(asked.request, await stage.finish(after))) == 3
        assert len(stage.fake.transactions) == 1

    async def test_polling_again_after_the_end_says_the_same(self, stage: Stage) -> None:
        asked = await stage.ask(count=2)
        first = await stage.finish(asked)
        if isinstance(asked.answer, Pending):
            second = await asked.provider.poll(asked.session, asked.answer)
            assert isinstance(second, Completed) and dict(second.values) == dict(first.values)

    async def test_a_session_that_ends_while_waiting_is_renewed_and_the_request_goes_on(self, stage: Stage) -> None:
        asked = await stage.ask()
        if not isinstance(asked.answer, Pending):
            return
        stage.fake.misbehave(Fault.REFUSED_401, Operation.POLL)
        try:
            completed = await stage.finish(asked)
        except SessionEnded:
            try:
                session = await asked.provider.refresh(asked.session)
            except (SessionEnded, Refused):
                session = await stage.session(asked.provider, asked.person)
            completed = await stage.finish(replace(asked, session=session))
        assert good_items(asked.request, completed) == {"item-1"}
        assert len(stage.fake.transactions) == 1, "the person was asked again because a token had ended"

    # --- secrets ---------------------------------------------------------------------------------------

    async def test_no_secret_is_seen_in_errors_rows_or_logs(
        self, stage: Stage, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        person = stage.person()
        asked = await stage.ask(person, count=2)
        seen = [repr(asked.provider), repr(asked.session), repr(asked.answer)]
        if isinstance(asked.answer, Pending):
            seen.append(str(asked.answer.handle))
        for operation in Operation:
            for fault in (*BROKEN_ANSWERS, Fault.REFUSED_401, Fault.BROKEN_500):
                stage.fake.misbehave(fault, operation)
                try:
                    await stage.finish(await stage.ask(person))
                except Exception as error:  # also what should not have come out
                    seen += all_that_it_says(error)
                while stage.fake.take_fault(operation, frozenset(Fault)):
                    pass
        seen.append(repr(await stage.finish(asked)))
        seen.append("\n".join(record.getMessage() for record in caplog.records if not is_noise(record)))
        for secret in (*stage.fake.secrets(), person.number, person.user):
            for text in seen:
                assert secret not in text, f"a secret or a personal number ({secret[:3]}…) is seen in: {text[:300]}"


def is_noise(record: logging.LogRecord) -> bool:
    """The fake's own server and the event loop speak here too."""
    return record.name.startswith(("asyncio", "aiohttp"))


def all_that_it_says(error: BaseException | None) -> list[str]:
    said = []
    while error is not None:
        said += [repr(error), str(error), str(vars(error))]
        error = error.__cause__
    return said
