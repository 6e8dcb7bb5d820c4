"""The school profile in its row (S8)."""

from __future__ import annotations

from hocba_core.audit import Event
from hocba_core.errors import BadInput, Conflict, Incomplete, NotFound
from sqlalchemy import select, update

from hocba_gateway.school.profile import SchoolProfile
from hocba_gateway.store import schema
from hocba_gateway.store.store import Tx


async def load_profile_of_school(tx: Tx) -> SchoolProfile:
    """The school of the scope. Raises NotFound(kind="school")."""
    row = await tx.row(select(schema.schools.c.profile).where(schema.schools.c.id == tx.school))
    if row is None:
        raise NotFound(kind="school")
    return SchoolProfile.model_validate(row.profile)


async def save_profile(tx: Tx, profile: SchoolProfile, actor: str | None) -> None:
    """May still be incomplete, but a school has a code and a name.

    Raises BadInput(field="code" | "name"), Conflict(state="code_taken") for another school's code.
    """
    for field in ("code", "name"):
        if not getattr(profile, field):
            raise BadInput(field=field, expected="không để trống")
    t = schema.schools.c
    if await tx.row(select(t.id).where(t.code == profile.code, t.id != tx.school)):
        raise Conflict(state="code_taken", needs="other_code")
    data = profile.model_dump(mode="json")
    values = {"code": profile.code, "name": profile.name, "profile": data}
    await tx.execute(update(schema.schools).where(t.id == tx.school).values(values))
    await tx.audit(Event.SCHOOL_PROFILE, {"missing": profile.missing()}, actor)


async def require_profile(tx: Tx) -> SchoolProfile:
    """For what a half-known school may not do (A1, T1). Raises Incomplete(missing=[…])."""
    profile = await load_profile_of_school(tx)
    if missing := profile.missing():
        raise Incomplete(missing=missing)
    return profile
