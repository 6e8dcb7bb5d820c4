"""The one HTTP client that plugins use to reach a vendor or a portal.

It answers one question that a plain client blurs: may the vendor have acted on what we sent? A call that acts
(`acts=True`: it may buzz a phone, or store a package) and breaks after its first byte left us is
`OutcomeUnknown`; the same break of a question, or any break before that byte, is `Unavailable`.
Vendor words, sessions and retries are the plugin's; this module knows status codes 3xx and 429 and nothing else.

TLS is always verified (1.2 or newer); plain HTTP goes to loopback only, for simulators. No redirects, no
cookies, no proxy from the environment. Logs hold names, sizes and times, never a body, a header or a query.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from hocba_core.errors import Busy, Nonsense, OutcomeUnknown, ProviderTrouble, SettingWrong, Unavailable

log = logging.getLogger(__name__)

_CHUNK = 65_536
_REQUEST_ID = "X-Request-Id"
_NO_ID = re.compile(r"[^\w.:/+=-]", re.ASCII)  # a header must not forge a log line
_VENDOR_IDS = (_REQUEST_ID, "X-Correlation-Id", "X-Trace-Id", "Request-Id")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. Values, because only the plugin knows how long its vendor may think."""

    connect: float = 5.0
    """Name, TCP and TLS. Short: nothing has been sent yet, so giving up costs nothing."""
    total: float = 30.0
    """The whole call, also when the answer drips in byte by byte."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whatever the vendor said, whole. Any status but 3xx and 429, which never come here."""

    provider: str
    status: int
    body: bytes = field(repr=False)
    request: str
    """The vendor's id of this call when it gave one, else ours, which we sent in X-Request-Id."""
    acts: bool

    def json(self) -> Any:
        """The body as JSON, whatever its content type says. Raises `trouble("not_json")`."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise self.trouble("not_json") from error

    def trouble(self, what: str, **facts: object) -> ProviderTrouble:
        """The error for an answer that the manual does not know.

        OutcomeUnknown when the call acted, Unavailable for a 5xx to a question, otherwise Nonsense.
        """
        kind = OutcomeUnknown if self.acts else Unavailable if self.status >= 500 else Nonsense
        return kind(provider=self.provider, what=what, status=self.status, request=self.request, **facts)


class VendorHttp:
    """One vendor's connections: its own pool and its own timeouts, so that a slow vendor slows nobody else.

    Close it at the end, or use it as an async context manager. Opens nothing until the first call.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        timeouts: Timeouts | None = None,
        ca_file: Path | None = None,
        max_body: int = 4 * 1024 * 1024,
        connections: int = 16,
        setting: str = "base_url",
    ) -> None:
        """`ca_file`: PEM, trusted instead of the system's roots. `setting` is blamed for a bad address or file."""
        self._provider = provider
        self._base = _checked_url(base_url, setting)
        self._timeouts = timeouts or Timeouts()
        self._max_body = max_body
        self._connections = connections
        self._tls = _tls(base_url, ca_file, setting)
        self._asking: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> VendorHttp:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        session, self._asking = self._asking, None
        if session is not None:
            await session.close()

    async def post_json(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        acts: bool,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
    ) -> Answer:
        """POST `body` as JSON. See send()."""
        data = json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        return await self.send("POST", path, data, acts=acts, headers=sent, timeouts=timeouts)

    async def send(
        self,
        method: str,
        path: str,
        data: bytes | None = None,
        *,
        acts: bool,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
    ) -> Answer:
        """One call, one attempt. `path` holds no secret and no personal number: it is logged.

        Raises Unavailable (certainly not sent, or a question that broke), Busy (429), OutcomeUnknown (acts, and
        sent or perhaps sent), Nonsense (a question answered with a redirect or too large a body).
        A cancelled call that acts is unknown too; who cancels knows that.
        """
        number = secrets.token_hex(8)
        wanted = timeouts or self._timeouts
        call = SimpleNamespace(sent=False)
        began = time.monotonic()
        outcome: Answer | ProviderTrouble
        cause: BaseException | None = None
        try:
            outcome = await self._exchange(method, path, data, acts, headers or {}, wanted, number, call)
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            outcome = self._broken(error, acts=acts, sent=call.sent, request=number)
            # aiohttp's response errors print the request's headers, our token among them
            cause = None if isinstance(error, aiohttp.ClientResponseError) else error
        self._log(method, path, outcome, time.monotonic() - began, number)
        if isinstance(outcome, ProviderTrouble):
            raise outcome from cause
        return outcome

    async def _exchange(
        self,
        method: str,
        path: str,
        data: bytes | None,
        acts: bool,
        headers: Mapping[str, str],
        timeouts: Timeouts,
        number: str,
        call: SimpleNamespace,
    ) -> Answer | ProviderTrouble:
        session = self._session(acts)
        try:
            async with session.request(
                method,
                self._base + path,
                data=BytesIO(data) if data and len(data) > _CHUNK else data,  # aiohttp then sends it in pieces
                headers={_REQUEST_ID: number, **headers},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=timeouts.total, connect=timeouts.connect, sock_connect=timeouts.connect
                ),
                trace_request_ctx=call,
            ) as response:
                return await self._read(response, acts, number)
        finally:
            if session is not self._asking:
                await session.close()

    async def _read(self, response: aiohttp.ClientResponse, acts: bool, number: str) -> Answer | ProviderTrouble:
        request = next((response.headers[name] for name in _VENDOR_IDS if name in response.headers), number)
        request = _NO_ID.sub("", request)[:64]
        status = response.status
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._max_body:
                response.close()
                return Answer(self._provider, 0, b"", request, acts).trouble("too_large")
        answer = Answer(self._provider, status, bytes(body), request, acts)
        if status == 429:
            wait = response.headers.get("Retry-After", "")
            facts = {"retry_after": int(wait)} if wait.isascii() and wait.isdigit() else {}
            return Busy(provider=self._provider, status=status, request=request, **facts)
        if 300 <= status < 400:
            return answer.trouble("redirect")
        return answer

    def _broken(self, error: BaseException, *, acts: bool, sent: bool, request: str) -> Unavailable | OutcomeUnknown:
        kind = OutcomeUnknown if acts and sent else Unavailable
        return kind(provider=self._provider, what=_what(error, sent), request=request)

    def _session(self, acts: bool) -> aiohttp.ClientSession:
        """Questions share a pool. What acts gets a fresh connection: one that the vendor closed while idle
        would break after our first byte, and make an unknown outcome out of nothing."""
        if acts:
            return self._new_session(fresh=True)
        if self._asking is None or self._asking.closed:
            self._asking = self._new_session(fresh=False)
        return self._asking

    def _new_session(self, *, fresh: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=self._connections, ssl=self._tls, force_close=fresh)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[_marks_sent()],
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "hocba"},
        )

    def _log(self, method: str, path: str, outcome: Answer | ProviderTrouble, seconds: float, number: str) -> None:
        if isinstance(outcome, Answer):
            said = f"{outcome.status} {len(outcome.body)} bytes"
        else:
            said = " ".join(str(part) for part in (outcome.code, outcome.facts.get("what", "")))
        log.info("%s %s %s -> %s, %.0f ms, request %s", self._provider, method, path, said, seconds * 1000, number)


def _marks_sent() -> aiohttp.TraceConfig:
    """Notes the moment from which the vendor may have heard us: when the headers go to the socket."""

    async def headers_sent(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        _params: aiohttp.TraceRequestHeadersSentParams,
    ) -> None:
        context.trace_request_ctx.sent = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(headers_sent)
    return trace


_WHATS: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientConnectorCertificateError, "tls_identity"),
    (aiohttp.ClientConnectorSSLError, "tls"),
    (aiohttp.ClientConnectorDNSError, "name_not_found"),
    (aiohttp.ConnectionTimeoutError, "connect_timeout"),
    (aiohttp.ClientConnectorError, "no_connection"),
    (aiohttp.ServerDisconnectedError, "connection_lost"),
    (aiohttp.ClientPayloadError, "half_an_answer"),
    (aiohttp.ClientResponseError, "not_http"),
    (TimeoutError, "timeout"),
)


def _what(error: BaseException, sent: bool) -> str:
    named = next((word for kind, word in _WHATS if isinstance(error, kind)), "connection_lost")
    return "connect_timeout" if named == "timeout" and not sent else named


def _checked_url(base_url: str, setting: str) -> str:
    parts = urlsplit(base_url)
    if not parts.hostname or parts.query or parts.fragment or parts.username or parts.password:
        raise SettingWrong(setting=setting, rule="an address such as https://host or https://host:port/path")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise SettingWrong(setting=setting, rule="https; plain http only to this machine")
    return base_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(base_url: str, ca_file: Path | None, setting: str) -> ssl.SSLContext | bool:
    if ca_file is None and base_url.startswith("http:"):
        return True  # never used: reading the system's roots takes its time
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingWrong(setting=setting, rule="ca_file: a readable PEM file of root certificates") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
