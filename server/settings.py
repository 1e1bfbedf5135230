"""Every knob of the server in one table: its name, unit, default and bounds.

Each is read from the environment as ``KINEOGRAPH_<NAME>`` (``KINEOGRAPH_PORT=9000``), or from the command line where
``kineograph serve --help`` names it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def default_data() -> Path:
    """Where runs are kept: ``$XDG_DATA_HOME/kineograph``, else ``~/.local/share/kineograph``."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "kineograph"


class Settings(BaseSettings):
    """The server's settings. Sizes are bytes and times are seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="KINEOGRAPH_", extra="ignore")

    # where it listens and what it answers to
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    hosts: list[str] = Field(default=[], description="more names this server answers to, besides loopback and `host`")
    origins: list[str] = Field(default=[], description="web origins that may start runs, besides the server's own")

    # who may come in, when others can reach it
    token: str | None = Field(
        default=None,
        min_length=8,
        description="what visitors must bring; made at start where it is needed and not given",
    )
    public: bool = Field(default=False, description="anybody who reaches it may use it, within the limits of visitors")
    trusted_proxies: list[str] = Field(
        default=[], description="addresses or networks of proxies whose X-Forwarded-For is believed"
    )
    visitor_runs: PositiveInt = 4  #: runs of one visitor that wait or run at once
    visitor_starts: PositiveInt = 20  #: starts of one visitor in a minute
    address_starts: PositiveInt = 1200  #: starts from one address in a minute: a lecture hall may share one
    guesses: PositiveInt = 20  #: wrong tokens from one address in a minute

    # where it keeps things
    data: Path = Field(default_factory=default_data)
    frontend: Path | None = Field(
        default=None, description="folder of the built page; found by itself where it is not given"
    )

    # what a script may use
    trust_local_code: bool = Field(
        default=False, description="run scripts unsandboxed where no sandbox is there: own code only"
    )
    sandbox: bool = Field(
        default=True, description="off only in tests of the refusal: behave as if the system had no sandbox"
    )
    landlock: bool = Field(default=True, description="off: take the no-open rung even where Landlock is there")
    wall_time: PositiveFloat = 30.0
    cpu_time: PositiveInt = 25
    memory: PositiveInt = 1 * GIB  #: on top of the interpreter and the engine
    output: PositiveInt = 1_000_000  #: characters printed
    ops: PositiveInt = 200_000  #: op events told; past it, pages like earlier ones are left out
    kept: PositiveInt = 64 * MIB  #: tensors kept whole
    trace: PositiveInt = 256 * MIB  #: events, as JSON

    # what all visitors together may use
    code: PositiveInt = 100 * KIB
    body: PositiveInt = 1 * MIB
    running: PositiveInt = Field(default_factory=lambda: max(2, os.cpu_count() or 1))
    queue: PositiveInt = 32
    warm: int = Field(default=2, ge=0, le=64, description="locked-down children that wait for their script")

    # how it keeps and tells
    sync_every: PositiveFloat = 0.05
    heartbeat: PositiveFloat = 15.0
    tensor_elements: PositiveInt = 64 * KIB  #: numbers in one JSON answer of the tensor API
    recent: PositiveInt = 20  #: runs per page of ``GET /api/runs``
    log_format: Literal["text", "json"] = "text"  #: of the server's own log, on standard error

    # how long it waits for slow clients
    header_time: PositiveFloat = 10.0  #: for a request's first line and headers
    body_time: PositiveFloat = 20.0  #: for a request's body
    stall_time: PositiveFloat = 60.0  #: for a client that takes nothing of an answer

    # how it ends
    drain_time: float = Field(
        default=5.0, ge=0, description="seconds that running scripts get to end when it is stopped"
    )

    # how long it keeps runs
    keep_days: PositiveFloat = 30.0  #: days since a run ended
    keep_bytes: PositiveInt = 10 * GIB  #: all runs together; the oldest go first
    prune_every: PositiveFloat = 600.0  #: seconds between two rounds

    @property
    def beyond_loopback(self) -> bool:
        """Whether others than this machine's own user may come: by the address it listens on, or because it was said."""
        return self.public or self.token is not None or self.host not in ("127.0.0.1", "::1", "localhost")

    @property
    def limits_visitors(self) -> bool:
        """Whether one visitor is kept from taking all that there is."""
        return self.beyond_loopback

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The host names that a request may name, without port, in lower case."""
        named = [self.host, *self.hosts]
        return frozenset(name.lower() for name in (*LOOPBACK, *named) if name not in ("0.0.0.0", "::"))
