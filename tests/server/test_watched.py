"""What operators see: readiness, numbers, logs; and compression, which must not hold a stream back."""

from __future__ import annotations

import gzip
import json
import logging
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.logs import JsonLines

from .conftest import TRAINING, Serve, Served


def numbers(served: Served) -> dict[str, float]:
    answer = served.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_metrics_count_what_happens(serve: Serve) -> None:
    served = serve(running=1, queue=1, wall_time=3.0)
    served.run("print(1)")
    served.run("1 / 0")
    served.run("while True: pass")
    a, b = served.start("import time; time.sleep(9)"), served.start("print(2)")
    assert served.client.post("/api/runs", json={"code": "print(3)"}).status_code == 429
    now = numbers(served)
    assert (now["kineograph_running"], now["kineograph_waiting"]) == (1, 1)
    assert now['kineograph_starts_refused_total{limit="queue"}'] == 1
    for id in (a, b):
        served.client.post(f"/api/runs/{id}/cancel")
    now = numbers(served)
    assert now['kineograph_runs_total{status="finished"}'] == 1
    assert now['kineograph_runs_total{status="failed"}'] == 1
    assert now['kineograph_runs_total{status="killed"}'] == 1
    assert now['kineograph_limits_hit_total{limit="wall_time"}'] == 1
    assert now["kineograph_first_event_seconds_count"] >= 3
    assert now["kineograph_events_total"] > 5


def test_metrics_count_viewers(serve: Serve) -> None:
    served = serve(wall_time=5)
    id = served.start("import time; time.sleep(4)")
    with served.client.stream("GET", f"/api/runs/{id}/events") as stream:
        chunks = stream.iter_raw()
        next(chunks)
        assert numbers(served)["kineograph_viewers"] == 1
        served.client.post(f"/api/runs/{id}/cancel")
    deadline = time.monotonic() + 5
    while numbers(served)["kineograph_viewers"]:
        assert time.monotonic() < deadline


def test_metrics_of_a_public_server_are_not_for_visitors(serve: Serve) -> None:
    served = serve(public=True)
    assert served.client.get("/metrics").status_code == 200
    assert served.client.get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 403


def test_ready_is_not_health(serve: Serve, tmp_path: Path) -> None:
    served = serve(sandbox=False)
    assert served.client.get("/api/health").status_code == 200
    assert served.client.get("/api/ready").status_code == 503
    able = serve()
    assert able.client.get("/api/ready").json()["status"] == "ready"


def test_a_log_line_is_json_with_the_run_and_never_its_code(caplog: pytest.LogCaptureFixture, serve: Serve) -> None:
    logger = logging.getLogger("kineograph")
    logger.setLevel(logging.INFO)
    with caplog.at_level(logging.INFO, "kineograph"):
        served = serve()
        id = served.start("password = 'hunter2'\nraise ValueError(password)")
        served.events(id)
        served.stop()
    lines = [JsonLines().format(record) for record in caplog.records if getattr(record, "run", None) == id]
    (told,) = [json.loads(line) for line in lines]
    assert (told["run"], told["status"], told["level"]) == (id, "failed", "info")
    assert told["time"].endswith("Z")
    assert "hunter2" not in "".join(lines)


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
@pytest.mark.parametrize("accept", ["text/event-stream", "application/x-ndjson"])
def test_compression_holds_nothing_back(serve: Serve, coding: str, accept: str) -> None:
    served = serve(wall_time=8)
    id = served.start("import time\nprint('first', flush=True)\ntime.sleep(6)\nprint('last')")
    begun = time.monotonic()
    seen = b""
    headers = {"Accept": accept, "Accept-Encoding": coding}
    with served.client.stream("GET", f"/api/runs/{id}/events", headers=headers) as stream:
        assert stream.headers["content-encoding"] == coding
        for chunk in stream.iter_bytes():
            seen += chunk
            if b"first" in seen:
                break
    assert b"first" in seen
    assert time.monotonic() - begun < 5
    served.client.post(f"/api/runs/{id}/cancel")


def test_large_answers_are_compressed_and_the_same(server: Served) -> None:
    plain = httpx.get(f"{server.client.base_url}/api/ops", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with httpx.stream("GET", f"{server.client.base_url}/api/ops", headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert len(raw) < len(plain.content) / 3
    assert gzip.decompress(raw) == plain.content


# ------------------------------------------------------------------------------------------------ old runs go


def test_old_runs_go_and_pinned_ones_stay(serve: Serve) -> None:
    served = serve(keep_days=0.000001, prune_every=0.2)
    kept = served.start(TRAINING)
    assert served.client.put(f"/api/runs/{kept}/pin", json={"pinned": True}).json()["pinned"] is True
    gone = served.start(TRAINING)
    served.events(kept)
    deadline = time.monotonic() + 10
    while served.client.get(f"/api/runs/{gone}").status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert served.info(kept)["pinned"] is True
    folders = {folder.name for folder in (served.settings.data / "runs").iterdir()}
    assert kept in folders
    assert gone not in folders


def test_the_oldest_go_where_there_are_too_many_bytes(serve: Serve) -> None:
    served = serve(keep_bytes=1, prune_every=0.2)
    id = served.start(TRAINING)
    served.events(id)
    deadline = time.monotonic() + 10
    while served.client.get(f"/api/runs/{id}").status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_catalogue_of_the_first_format_opens(tmp_path: Path) -> None:
    import sqlite3

    from server.store.catalogue import Catalogue

    path = tmp_path / "catalogue.sqlite"
    Catalogue(path).close()
    db: Any = sqlite3.connect(path)
    for column in ("visitor", "pinned", "bytes", "mode", "twin"):
        db.execute(f"ALTER TABLE run DROP COLUMN {column}")
    db.execute("INSERT INTO run (id, created, device, code, status) VALUES ('old', 1, 'cpu', 'x', 'finished')")
    db.execute("PRAGMA user_version = 1")
    db.commit(), db.close()
    catalogue = Catalogue(path)
    row = catalogue.get("old")
    assert row is not None
    assert (row.visitor, row.pinned, row.code, row.mode) == (None, False, "x", "dynamic")
    catalogue.close()
