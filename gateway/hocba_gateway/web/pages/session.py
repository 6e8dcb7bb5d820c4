"""A browser's session: one cookie, and two proofs that a request that changes something comes from our own page.

The cookie holds the log-in's token; scripts cannot read it. A request that changes something carries besides the
page's CSRF token, which only our pages know, and an Origin, which a browser sets and no page can forge.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from urllib.parse import urlsplit

from aiohttp import web
from hocba_core.errors import Forbidden
from hocba_core.secret import Secret

from hocba_gateway.services.logins import LIVES

CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF"


class Sessions:
    def __init__(self, public_url: str) -> None:
        """`public_url`: the gateway's address as browsers see it; "" takes the Host of each request (no TLS)."""
        self._public = public_url.rstrip("/")
        self._secure = urlsplit(self._public).scheme == "https"
        self.cookie = "__Host-hocba" if self._secure else "hocba"

    def token(self, request: web.Request) -> Secret | None:
        """None for none, and for what cannot be one of ours."""
        value = request.cookies.get(self.cookie)
        return Secret(value) if value and value.isascii() else None

    def open(self, response: web.StreamResponse, token: Secret) -> None:
        response.set_cookie(
            self.cookie,
            token.reveal(),
            path="/",
            httponly=True,
            samesite="Lax",  # a link from elsewhere finds the person logged in; what changes things asks for more
            secure=self._secure,
            max_age=int(LIVES.total_seconds()),
        )

    def close(self, response: web.StreamResponse) -> None:
        response.del_cookie(self.cookie, path="/", httponly=True, samesite="Lax", secure=self._secure)

    def own_address(self, request: web.Request) -> str:
        """Scheme, host and port, as the browser of `request` sees us."""
        return self._public or f"http://{request.host}"

    def check_origin(self, request: web.Request) -> None:
        """Raises Forbidden unless the request comes from a page of ours."""
        if request.headers.get("Origin") != self.own_address(request):
            raise Forbidden(needs="trang của chính cổng ký", reason="origin")

    def check_csrf(self, token: Secret, given: str) -> None:
        """Raises Forbidden(reason="csrf"): an old page, or somebody else's."""
        if not given.isascii() or not compare_digest(given, csrf_of(token)):
            raise Forbidden(needs="trang vừa được mở lại", reason="csrf")


def csrf_of(token: Secret) -> str:
    """Of a session: its token cannot be read back out of it."""
    return sha256(b"hocba-csrf:" + token.reveal().encode()).hexdigest()
