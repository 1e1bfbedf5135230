"""Who may ask: only pages of this server may change anything on it; every answer carries the headers that keep it so.

A web page that the laptop's owner happens to open could otherwise post a script to ``127.0.0.1`` (by name, after DNS
rebinding, or by a plain form). So the ``Host`` must be one of ours, and a request that changes something must come from
one of our own pages, or from a program that is no browser.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import problems
from .settings import Settings

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


class Guard:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = settings.allowed_hosts
        self._any_host = "*" in settings.hosts
        self._origins = frozenset(settings.origins)
        self._body = settings.body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)

        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._body:
                raise HTTPException(413)
            return message

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if (refusal := self._refusal(scope)) is not None:
            status, kind, detail = refusal
            answer = problems.response(scope["path"], status, detail=detail, kind=kind)
            return await answer(scope, receive, send_guarded)
        await self._app(scope, receive_bounded, send_guarded)

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
