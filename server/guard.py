"""Who may ask: only pages of this server may change anything on it; every answer carries the headers that keep it so.

A web page that the laptop's owner happens to open could otherwise post a script to ``127.0.0.1`` (by name, after DNS
rebinding, or by a plain form). So the ``Host`` must be one of ours, and a request that changes something must come from
one of our own pages, or from a program that is no browser. Where others can reach the server, they bring its token
(:mod:`server.door`).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import problems
from .door import Door
from .settings import Settings
from .visitors import Visitors

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "worker-src 'self' blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "frame-src 'self'",  # the second stage of a run in both modes
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
))  # fmt: skip

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


#: Pages of others may show a run in a frame, and nothing else of ours: what stands at ``/embed/`` can start nothing.
_EMBED = re.compile(r"/embed/[^/]+")
_FRAME_HEADERS = {
    **{name: value for name, value in HEADERS.items() if name != "X-Frame-Options"},
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *").replace(
        "form-action 'self'", "form-action 'none'"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class ClientStalled(Exception):
    """A client takes nothing of its answer."""


class Guard:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, settings: Settings, door: Door, visitors: Visitors) -> None:
        self._app = app
        self._door = door
        self._visitors = visitors
        self._body_time = settings.body_time
        self._stall_time = settings.stall_time
        self._hosts = settings.allowed_hosts
        self._any_host = "*" in settings.hosts
        self._origins = frozenset(settings.origins)
        self._body = settings.body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)

        received, whole = 0, False

        async def receive_bounded() -> Message:
            nonlocal received, whole
            if whole:  # what comes now is the visitor's leaving
                return await receive()
            try:
                async with asyncio.timeout(self._body_time):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            whole = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > self._body:
                raise HTTPException(413)
            return message

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                ours = _FRAME_HEADERS if _EMBED.fullmatch(scope["path"]) else HEADERS
                for name, value in ours.items():
                    headers.setdefault(name, value)
            try:
                async with asyncio.timeout(self._stall_time):
                    await send(message)
            except TimeoutError:
                raise ClientStalled from None

        answer = self._answer(scope)
        if answer is not None:
            return await answer(scope, receive, send_guarded)
        with contextlib.suppress(ClientStalled):
            await self._app(scope, receive_bounded, send_guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """The answer to who is not let in, or not yet; ``None`` where the application answers."""
        if (refusal := self._refusal(scope)) is not None:
            status, kind, detail = refusal
            return problems.response(scope["path"], status, detail=detail, kind=kind)
        if scope["type"] != "http":
            return None
        address = self._visitors.of(Request(scope)).address
        if (redirect := self._door.from_link(scope, address)) is not None:
            return redirect
        if not self._door.guards(scope["path"]) or self._door.admits(scope):
            return None
        return problems.response(
            scope["path"], 401, "This server wants its token",
            "Open the link that whoever runs this server gave you, or send the token: Authorization: Bearer TOKEN.",
            kind="token-needed", headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip

    def _refusal(self, scope: Scope) -> tuple[int, str, str] | None:
        """Why a request is not let in: status, kind, detail; ``None`` where it is."""
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._body:
            return 413, "body-too-large", f"This server takes requests of up to {self._body} bytes."
        host = headers.get("host", "")
        if not self._any_host and _name(host) not in self._hosts:
            return (
                400,
                "unknown-host",
                f"This server does not answer to {host!r}; KINEOGRAPH_HOSTS='[\"NAME\"]' adds a name.",
            )
        if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
            return None
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "foreign-origin", f"Pages of {origin} may not do this here."
        if origin is None and headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return 403, "foreign-origin", "Pages of other sites may not do this here."
        return None


def _name(host: str) -> str:
    """The host's name without its port, in lower case."""
    return host.lower() if host.endswith("]") else host.lower().rsplit(":", 1)[0]
