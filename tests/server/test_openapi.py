"""The API as a stranger sees it: whatever is sent to any address, the answer is one that the document describes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import TRAINING, Serve, Served


@pytest.fixture(scope="module")
def strange(serve_forever: Serve) -> Served:
    """A server with short runs and a run to ask about."""
    return serve_forever(wall_time=1.0, queue=200, heartbeat=0.5)


def explore(served: Served, *more: str) -> None:
    """Schemathesis over the whole document, every check it has."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), *more, f"{served.client.base_url}/openapi.json",
        "--checks", "all", "--max-examples", "25", "--seed", "1", "--request-timeout", "20", "--workers", "2",
        "--generation-database", "none", "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert served.client.get("/api/health").status_code == 200


def test_strangers_find_nothing_that_the_document_does_not_say(strange: Served, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"  # links are the Location headers; guesses by name take a tensor for its id
    config.write_text('[phases.stateful.inference]\nalgorithms = ["location-headers"]\n')
    explore(strange, "--config-file", str(config), "run")


def test_nor_where_there_is_a_run_to_ask_about(strange: Served, tmp_path: Path) -> None:
    id = strange.start(TRAINING)
    strange.events(id)
    config = tmp_path / "schemathesis.toml"
    config.write_text(f'[parameters]\n"path.id" = "{id}"\n"path.number" = 1\n')
    explore(strange, "--config-file", str(config), "run", "--phases", "coverage,fuzzing", "--exclude-method", "DELETE")


def test_every_operation_says_what_may_go_wrong(server: Served) -> None:
    document: dict[str, Any] = server.client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = set(operation["responses"])
            assert "400" in answers, (method, path)
            if "{" in path:
                assert "404" in answers or path.startswith("/api/examples"), (method, path)
            for status in answers & {"400", "401", "403", "404", "409", "413", "422", "429", "503", "507"}:
                assert "application/problem+json" in operation["responses"][status]["content"], (method, path, status)
