"""A school whose class is signed and completed, its department, and the portal's simulator behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hocba_core.audit import Entry, Event, first_break
from hocba_core.clock import to_millis
from hocba_core.provider import Completion, KeyKind
from hocba_core.testing.sample import SCHOOL, TAX_CODE
from hocba_gateway.school.profile import SchoolProfile
from hocba_gateway.sending.deliver import sender
from hocba_gateway.sending.make import Made, make_packages
from hocba_gateway.sending.portals import DepartmentPortals
from hocba_gateway.sending.status import PackageStatus, list_packages
from hocba_gateway.signing.actions import complete
from hocba_gateway.signing.class_packages import ClassPackages
from hocba_gateway.signing.loop import Runner
from hocba_gateway.signing.prepare import Pressed
from hocba_gateway.signing.progress import progress
from hocba_gateway.store.schema import audit, departments, schools, transcripts
from hocba_gateway.store.store import Store
from hocba_gateway.testing.world import CLASS, HOMEROOM, KEEPER, LEADER, World
from hocba_reception_portal.connector import ReceptionPortal
from hocba_reception_portal.settings import KEY
from hocba_reception_portal.simulator import Simulator
from hocba_sandbox.settings import Behaviour
from sqlalchemy import update

PROFILE = SchoolProfile(
    code="99000501",
    name=SCHOOL,
    department_code="99",
    department_name="Sở GD&ĐT tỉnh Mẫu",
    commune_code="99001",
    commune="phường Trung Tâm",
    province_code="99",
    province="tỉnh Mẫu",
    place="Trung Tâm",
    ownership="public",
    tax_number=TAX_CODE,
    levels=("THCS",),
)
SIGNER = Behaviour(completion=Completion.POLL, poll_every=timedelta(milliseconds=20), key_kind=KeyKind.P256)


@dataclass(slots=True)
class Office:
    """A school at its department's portal."""

    world: Any = field(repr=False)
    portal: Simulator = field(repr=False)
    portals: DepartmentPortals = field(repr=False)
    sender: Runner = field(repr=False)

    @property
    def scope(self) -> Any:
        return self.world.scope

    async def make(self, actor: str = "account-admin") -> Made:
        async with self.portals.use(self.scope) as connector:
            can = connector.can
        return await make_packages(self.world.desk, self.scope, CLASS, actor, portal_can=can)

    async def seal(self, made: Made) -> None:
        """Whoever holds the school's token presses Ký once."""
        await self.world.seal_with_token(await self.world.press(KEEPER, "goi", [one.id for one in made.packages]))

    async def packages(self) -> list[PackageStatus]:
        async with self.scope.read() as tx:
            return await list_packages(tx)

    async def package(self) -> PackageStatus:
        (found,) = await self.packages()
        return found

    async def deliveries(self) -> dict[str, str]:
        async with self.scope.read() as tx:
            rows = await tx.rows(transcripts.select().where(tx.of(transcripts)))
        return {row.id: row.delivery for row in rows}

    async def transcript(self, identity: str) -> Any:
        async with self.scope.read() as tx:
            return await tx.row(transcripts.select().where(tx.of(transcripts), transcripts.c.id == identity))

    async def go_on(self, seconds: int = 60) -> None:
        """Second by second until the portal has answered everything."""
        for _ in range(seconds):
            await self.sender.once()
            if all(one.delivery in ("sent", "refused", "seal") for one in await self.packages()):
                return
            self.world.clock.advance(timedelta(seconds=1))
        raise AssertionError(await self.packages())

    async def events(self) -> list[tuple[str, Any]]:
        """What the audit says of packages; its chain is whole."""
        async with self.scope.read() as tx:
            rows = await tx.rows(audit.select().where(tx.of(audit)).order_by(audit.c.seq))
        chain = [Entry(row.seq, row.at, row.actor, row.event, row.facts, row.previous, row.hash) for row in rows]
        assert first_break(chain) is None
        wanted = (Event.PACKED, Event.PACKAGE_SEALED, Event.PACKAGE_SENT, Event.PACKAGE_ANSWERED)
        return [(row.event, row.facts) for row in rows if row.event in wanted]

    async def set_department(self, **values: Any) -> None:
        async with self.world.store.across_schools(write=True) as connection:
            await connection.execute(update(departments).values(**values))

    async def set_window(self, opens: datetime | None, closes: datetime | None) -> None:
        await self.set_department(
            send_from=to_millis(opens) if opens else None, send_until=to_millis(closes) if closes else None
        )

    async def set_portal(self, **settings: Any) -> None:
        sealed = self.world.desk.sealer.seal({**self.portal.settings(), **settings})
        await self.set_department(portal=KEY, portal_settings=sealed)


async def write_school(store: Store, school: str) -> None:
    async with store.across_schools(write=True) as connection:
        await connection.execute(departments.insert(), [{"id": "so-1", "code": "99", "name": PROFILE.department_name}])
        row = {"id": school, "department_id": "so-1", "code": PROFILE.code, "name": PROFILE.name, "created_at": 0}
        await connection.execute(schools.insert(), [row | {"profile": PROFILE.model_dump(mode="json")}])


async def sign_class(world: World, wait: Callable[[], Awaitable[None]]) -> None:
    """From the teachers to the seal. `wait` lets the people's phones answer."""

    async def until_closed(pressed: Pressed) -> None:
        for _ in range(300):
            await world.runner.once()
            async with world.scope.read() as tx:
                if not (await progress(tx, pressed.confirmation)).open:
                    return
            await wait()
        raise AssertionError("the confirmation is still open")

    for person in world.teachers:
        await until_closed(await world.press(person, "gvbm"))
    await until_closed(await world.press(HOMEROOM, "gvcn"))
    await until_closed(await world.press(LEADER, "cbql"))
    await world.seal_with_token(await world.press(KEEPER, "phat-hanh"))


MakeOffice = Callable[..., Awaitable[Office]]


@pytest.fixture
async def make_office(make_world: Any) -> AsyncIterator[MakeOffice]:
    """make_office(pupils=3, completed=None: all, portal=Simulator, **the simulator's)."""
    opened: list[Office] = []

    async def make(
        *, pupils: int = 3, completed: int | None = None, portal: type[Simulator] = Simulator, **how: Any
    ) -> Office:
        world = await make_world(SIGNER, pupils=pupils, teachers=1)
        world.desk = replace(world.desk, manifests=ClassPackages())
        await write_school(world.store, world.scope.school)

        async def wait() -> None:
            world.clock.advance(timedelta(seconds=1))

        await sign_class(world, wait)
        await complete(world.scope, world.transcripts[:completed], "admin", "account-admin")
        behind = portal(clock=world.clock, trust=world.desk.trust, **how)
        await behind.start()
        portals = DepartmentPortals({KEY: ReceptionPortal}, world.desk.sealer, world.clock)
        office = Office(world, behind, portals, sender(world.desk, portals, "one"))
        opened.append(office)
        await office.set_portal()
        return office

    yield make
    for office in opened:
        await office.portals.close()
        await office.portal.stop()
