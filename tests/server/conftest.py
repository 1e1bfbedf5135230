"""A real server on a real port, with real children, for every test of this folder."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from server.app import create_app
from server.patience import patient
from server.settings import Settings

Event = dict[str, Any]


@dataclass
class Served:
    """A running server and a client of it."""

    settings: Settings
    _server: uvicorn.Server
    _thread: threading.Thread
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)

    def start(self, code: str, **more: Any) -> str:
        """Post a script; the run's id."""
        answer = self.client.post("/api/runs", json={"code": code, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def events(self, id: str, after: int = 0) -> list[Event]:
        """Follow the run to its end."""
        answer = self.client.get(
            f"/api/runs/{id}/events", params={"after": after}, headers={"Accept": "application/x-ndjson"}
        )
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines() if line]

    def run(self, code: str, **more: Any) -> list[Event]:
        """Post a script and follow it to its end."""
        return self.events(self.start(code, **more))

    def info(self, id: str) -> dict[str, Any]:
        answer = self.client.get(f"/api/runs/{id}")
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def stop(self) -> None:
        """As SIGTERM does."""
        self.client.close()
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive(), "the server did not stop"


Serve = Callable[..., Served]


@pytest.fixture(scope="session")
def serve_forever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts servers; each ends with the session, if not before."""
    running: list[Served] = []

    def start(**given: Any) -> Served:
        usual: dict[str, Any] = {
            "data": tmp_path_factory.mktemp("data"),
            "warm": 1,
            "drain_time": 0.5,
            "frontend": Path("/nowhere"),
        }
        settings = Settings(**usual | given)
        config = uvicorn.Config(
            create_app(settings), port=0, log_level="warning", access_log=False, timeout_graceful_shutdown=2,
            http=patient(settings.header_time),
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        served = Served(settings, server, thread)
        running.append(served)
        return served

    yield start
    for served in running:
        served.stop()


@pytest.fixture
def serve(serve_forever: Serve) -> Serve:
    """Start a server of one's own: ``serve(wall_time=1)``."""
    return serve_forever


@pytest.fixture(scope="session")
def server(serve_forever: Serve) -> Served:
    """The server that tests share."""
    return serve_forever(wall_time=10)


TRAINING = """
import torch

torch.manual_seed(0)
x = torch.randn(24, 3)
y = torch.randn(24)
w = torch.zeros(3, requires_grad=True)
for step in range(3):
    loss = ((x @ w - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
    print(step, loss.item())
"""


@pytest.fixture(scope="session")
def trained(server: Served) -> str:
    """A finished run of three passes."""
    id = server.start(TRAINING, title="three steps")
    assert server.events(id)[-1]["status"] == "finished"
    return id
