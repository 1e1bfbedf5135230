"""What the routes share, made once per application and handed to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from ..conductor import Conductor
from ..devices import Devices
from ..problems import Problem
from ..settings import Settings
from ..store.catalogue import RunRow
from ..store.store import Store


@dataclass(frozen=True)
class Services:
    """The parts of one application."""

    settings: Settings
    store: Store
    conductor: Conductor
    devices: Devices


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Shared = Annotated[Services, Depends(_services)]
RunId = Annotated[str, Path(description="a run's id, as `POST /api/runs` gave it", min_length=1, max_length=64)]


def _run(id: RunId, shared: Shared) -> RunRow:
    row = shared.store.catalogue.get(id)
    if row is None:
        raise Problem(404, "unknown-run", "No such run", f"There is no run {id!r}; it may have been deleted.")
    return row


#: The run that the path names; a 404 problem where there is none.
Run = Annotated[RunRow, Depends(_run)]
