"""Log in, log out, who am I."""

from __future__ import annotations

from hocba_core.clock import to_millis
from hocba_core.secret import Secret
from pydantic import SecretStr

from hocba_gateway.services import logins
from hocba_gateway.services.principal import Principal
from hocba_gateway.web.reading import bearer
from hocba_gateway.web.route import Call, Done, Model, Routes, Who

routes = Routes("Phiên làm việc")


class LogIn(Model):
    username: str
    password: SecretStr


class Me(Model):
    account: str
    username: str
    school: str | None
    department: str | None
    person: str | None
    rights: list[str]


class LoggedIn(Model):
    token: str
    """For `Authorization: Bearer …`."""
    expires_at: int
    me: Me


class ChangePassword(Model):
    old: SecretStr
    new: SecretStr


def _me(principal: Principal) -> Me:
    return Me(
        account=principal.account,
        username=principal.username,
        school=principal.school,
        department=principal.department,
        person=principal.person,
        rights=sorted(principal.rights),
    )


@routes.post("/login", Who.PUBLIC)
async def log_in(call: Call, body: LogIn) -> LoggedIn:
    """Opens a session of ten hours. Five wrong tries lock the account for fifteen minutes."""
    found = await logins.log_in(call.gateway, body.username.strip(), Secret(body.password.get_secret_value()))
    return LoggedIn(token=found.token.reveal(), expires_at=to_millis(found.expires_at), me=_me(found.principal))


@routes.post("/logout", Who.LOGGED_IN)
async def log_out(call: Call) -> Done:
    """Ends this session."""
    token = bearer(call.request)
    if token is not None:
        await logins.log_out(call.gateway, token)
    return Done()


@routes.get("/me", Who.LOGGED_IN)
async def me(call: Call) -> Me:
    """Whose session this is, and what the account may do."""
    return _me(call.principal)


@routes.post("/password", Who.LOGGED_IN)
async def change_password(call: Call, body: ChangePassword) -> Done:
    """Sets another password of one's own; every session of the account ends."""
    old, new = (Secret(one.get_secret_value()) for one in (body.old, body.new))
    await logins.change_password(call.gateway, call.principal, old, new)
    return Done()
