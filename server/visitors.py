"""Who a visitor is, what is theirs, and how much one may ask for.

A visitor is a signed cookie; who brings none is their address. A run belongs to the visitor who started it, and to whoever holds
its key (programs get it with the answer). Nothing of this needs a table: cookies and keys are signed with a secret of the data
folder.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from .settings import Settings

COOKIE = "kineograph_visitor"
KEY_HEADER = "X-Run-Key"
_BY_ADDRESS = "address:"
_YEAR = 365 * 24 * 3600  # seconds


def is_secure(request: HTTPConnection) -> bool:
    """Whether the visitor's own connection is encrypted, as the server or the proxy before it says."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "") == "https"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. ``id`` is kept with their runs; ``known`` says that it is a cookie's, not only an address."""

    id: str
    address: str
    known: bool


class Secret:
    """Signs what visitors carry. Kept in ``<data>/secret``, so that cookies and keys outlive the server."""

    def __init__(self, data: Path) -> None:
        """Reads the secret, or makes one. Raises ``OSError``."""
        path = data / "secret"
        try:
            self._bytes = path.read_bytes()
        except FileNotFoundError:
            self._bytes = secrets.token_bytes(32)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._bytes)

    def sign(self, purpose: str, text: str) -> str:
        """What only this server can say of ``text``: 43 characters that fit into a cookie, a header, an address."""
        digest = hmac.digest(self._bytes, f"{purpose}:{text}".encode(), hashlib.sha256)
        return digest.hex()[:43]

    def signed(self, purpose: str, text: str, signature: str) -> bool:
        """Whether it said so."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())

    def new_cookie(self) -> str:
        """A cookie for a visitor who has none."""
        id = secrets.token_hex(16)
        return f"{id}.{self.sign('visitor', id)}"

    def run_key(self, run: str) -> str:
        """What lets its holder cancel and delete the run."""
        return self.sign("run", run)


class Proxies:
    """Which peers may say for whom they ask (``X-Forwarded-For``)."""

    def __init__(self, trusted: Iterable[str]) -> None:
        """``trusted``: addresses and networks. Raises ``ValueError`` for anything else."""
        self._networks = [ipaddress.ip_network(each, strict=False) for each in trusted]

    def address(self, peer: str, forwarded: str) -> str:
        """The address that the request comes from: the last one that no trusted proxy vouches for."""
        found = peer
        for hop in reversed([hop.strip() for hop in forwarded.split(",") if hop.strip()]):
            if not self._trusts(found):
                break
            found = hop
        return found

    def _trusts(self, address: str) -> bool:
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(known in network for network in self._networks)


class Visitors:
    """Who is who, and how much each has asked for lately."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.secret = Secret(settings.data)
        self._proxies = Proxies(settings.trusted_proxies)
        self._settings = settings
        self._starts = Buckets(settings.visitor_starts, 60.0, clock)
        self._starts_there = Buckets(settings.address_starts, 60.0, clock)
        self.refusals: Counter[str] = Counter()

    def of(self, request: Request) -> Visitor:
        """Who asks."""
        peer = request.client.host if request.client is not None else "unknown"
        address = self._proxies.address(peer, request.headers.get("x-forwarded-for", ""))
        id, _, signature = request.cookies.get(COOKIE, "").partition(".")
        if id and self.secret.signed("visitor", id, signature):
            return Visitor(id, address, True)
        return Visitor(f"{_BY_ADDRESS}{address}", address, False)

    def is_local(self, request: Request) -> bool:
        """Whether a program of this machine asks, and no proxy for somebody else."""
        peer = request.client.host if request.client is not None else ""
        return peer in ("127.0.0.1", "::1") and "x-forwarded-for" not in request.headers

    def owns(self, request: Request, run: str, owner: str | None) -> bool:
        """Whether who asks may change the run: its visitor, the holder of its key, or this machine's own user."""
        key = request.headers.get(KEY_HEADER)
        if key is not None:
            return self.secret.signed("run", run, key)
        visitor = self.of(request)
        if owner is None or not visitor.known or owner.startswith(_BY_ADDRESS):  # others may have the same address
            return not self._settings.beyond_loopback
        return visitor.id == owner

    def welcome(self, request: Request, response: Response) -> None:
        """Gives a new visitor of the page a cookie."""
        if not self.of(request).known:
            response.set_cookie(
                COOKIE,
                self.secret.new_cookie(),
                max_age=_YEAR,
                httponly=True,
                samesite="strict",
                secure=is_secure(request),
            )

    def admit(self, visitor: Visitor, theirs: int) -> Refusal | None:
        """Counts a start, where the visitor may have one; else why not. ``theirs``: their runs that are not over."""
        settings = self._settings
        if not settings.limits_visitors:
            return None
        if theirs >= settings.visitor_runs:
            return self._refuse("runs", f"You have {theirs} runs waiting or running already", 3)
        for buckets, who, whose in (
            (self._starts, visitor.id, "you"),
            (self._starts_there, visitor.address, "visitors from your address"),
        ):
            wait = buckets.wait(who)
            if wait > 0:
                return self._refuse("starts", f"There were {buckets.size} starts by {whose} in the last minute", wait)
        self._starts.take(visitor.id)
        self._starts_there.take(visitor.address)
        return None

    def _refuse(self, limit: str, why: str, wait: float) -> Refusal:
        self.refusals[limit] += 1
        return Refusal(limit, why, max(1, round(wait + 0.5)))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a start is refused, and in how many seconds to try again."""

    limit: str
    why: str
    retry_after: int


class Buckets:
    """Token buckets: ``size`` tokens for each name, given back evenly over ``seconds``. Source: the leaky bucket as a meter."""

    _SWEEP = 10_000  #: names, from which on those with full buckets are forgotten

    def __init__(self, size: int, seconds: float, clock: Callable[[], float]) -> None:
        self.size = size
        self._each = seconds / size  # seconds a token takes to come back
        self._clock = clock
        self._full_at: dict[str, float] = {}  # when the bucket will be full again

    def wait(self, name: str) -> float:
        """Seconds until there is a token; 0 where there is one."""
        missing = self._full_at.get(name, 0.0) - self._clock()
        return max(0.0, missing - self._each * (self.size - 1))

    def take(self, name: str) -> None:
        """Takes a token, whether there is one or not."""
        now = self._clock()
        self._full_at[name] = max(self._full_at.get(name, 0.0), now) + self._each
        if len(self._full_at) > self._SWEEP:
            self._full_at = {who: at for who, at in self._full_at.items() if at > now}
