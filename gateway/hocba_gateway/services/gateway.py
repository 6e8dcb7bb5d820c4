"""The gateway in one value: what every service leans on, put together once at start (app.py) and closed once."""

from __future__ import annotations

from dataclasses import dataclass

from hocba_core.clock import Clock
from hocba_core.registry import Registry

from hocba_gateway.rendering.pool import RenderPool
from hocba_gateway.sending.portals import DepartmentPortals
from hocba_gateway.services.passwords import Passwords
from hocba_gateway.signing.desk import Desk
from hocba_gateway.signing.loop import Runner
from hocba_gateway.store.sealed import Sealer
from hocba_gateway.store.store import Scope, Store


@dataclass(frozen=True, slots=True)
class Gateway:
    desk: Desk
    registry: Registry
    portals: DepartmentPortals
    pool: RenderPool
    passwords: Passwords
    signing: Runner
    sending: Runner

    @property
    def store(self) -> Store:
        return self.desk.store

    @property
    def sealer(self) -> Sealer:
        return self.desk.sealer

    @property
    def clock(self) -> Clock:
        return self.desk.store.clock

    def scoped(self, school: str) -> Scope:
        return self.desk.store.scoped(school)
