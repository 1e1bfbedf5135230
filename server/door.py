"""The door: where a server can be reached by others, who comes in brings its token.

The page's own files are open to everybody, they are public code; what they ask the API for is not. A token comes as a bearer
token from programs, and once as ``/?token=...`` or from the page's form from people, who get a cookie for it.
"""

from __future__ import annotations

import hmac
import time
from urllib.parse import parse_qs, urlencode

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from .settings import Settings
from .visitors import Buckets, Secret, is_secure

COOKIE = "kineograph_token"
#: what needs no token: whether the server lives, and the way in
_OPEN = frozenset({"/api/health", "/api/ready", "/api/session"})
_GUARDED = ("/api/", "/openapi.json", "/metrics")
_YEAR = 365 * 24 * 3600


class Door:
    """Knows the token, and who has shown it."""

    def __init__(self, settings: Settings, secret: Secret) -> None:
        self._token = settings.token
        self._secret = secret
        self._guesses = Buckets(settings.guesses, 60.0, time.monotonic)

    @property
    def locked(self) -> bool:
        """Whether a token is needed at all."""
        return self._token is not None

    def guards(self, path: str) -> bool:
        """Whether who asks for this path must have shown the token."""
        return self.locked and path.startswith(_GUARDED) and path not in _OPEN

    def admits(self, scope: Scope) -> bool:
        """Whether the request brings the token, or the cookie that was given for it."""
        assert self._token is not None
        connection = HTTPConnection(scope)
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.is_token(given.strip())
        return self._secret.signed("token", self._token, connection.cookies.get(COOKIE, ""))

    def is_token(self, given: str) -> bool:
        """Whether this is the token; takes as long for any."""
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())

    def wait(self, address: str) -> float:
        """Seconds until that address may try another token."""
        return self._guesses.wait(address)

    def missed(self, address: str) -> None:
        """Counts a wrong token."""
        self._guesses.take(address)

    def let_in(self, response: Response, *, secure: bool) -> None:
        """Gives the cookie."""
        assert self._token is not None
        value = self._secret.sign("token", self._token)
        response.set_cookie(COOKIE, value, max_age=_YEAR, httponly=True, samesite="strict", secure=secure)

    def from_link(self, scope: Scope, address: str) -> Response | None:
        """The answer to a link that carries the token: the same page without it in the address, and the cookie."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        given = query.pop("token", None)
        if given is None or scope["method"] != "GET" or self.guards(scope["path"]):
            return None
        rest = urlencode(query, doseq=True)
        answer = RedirectResponse("/" + scope["path"].lstrip("/") + (f"?{rest}" if rest else ""), 303)
        if self.locked and self.wait(address) == 0:
            if self.is_token(given[-1]):
                self.let_in(answer, secure=is_secure(HTTPConnection(scope)))
            else:
                self.missed(address)
        return answer
