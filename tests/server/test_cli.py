"""The command line, as a user types it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

SCRIPT = """
import sys
import torch
x = torch.tensor(3.0, requires_grad=True)
(x * x).backward()
print("gradient", x.grad.item(), sys.argv[1:], __name__)
print("to stderr", file=sys.stderr)
sys.exit(3)
"""


def kineograph(*arguments: str | Path, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, env=os.environ | {"KINEOGRAPH_DATA": str(data)} | environment,
    )  # fmt: skip


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize("how", ["--headless", "--no-trace"])
def test_a_script_prints_and_ends_as_it_does_bare(script: Path, tmp_path: Path, how: str) -> None:
    done = kineograph("run", script, how, "--", "--flag", "value", data=tmp_path)
    assert done.stdout == "gradient 6.0 ['--flag', 'value'] __main__\n"
    assert done.stderr == "to stderr\n"
    assert done.returncode == 3


def test_the_trace_is_the_whole_run_as_lines(script: Path, tmp_path: Path) -> None:
    kineograph("run", script, "--headless", "--trace", tmp_path / "trace.ndjson", data=tmp_path)
    events = [json.loads(line) for line in (tmp_path / "trace.ndjson").read_text().splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["type"], events[-1]["type"]) == ("start", "end")
    assert {"op", "grad", "vjp", "output"} <= {event["type"] for event in events}


def test_an_exception_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("import torch\ntorch.ones(2, 3) @ torch.ones(2, 3)\n")
    done = kineograph("run", path, "--headless", data=tmp_path)
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert "RuntimeError" in done.stderr


def test_an_own_script_may_read_files_and_import_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text("VALUE = 7")
    (tmp_path / "main.py").write_text("import neighbour\nprint(neighbour.VALUE, open(__file__).read(6))")
    done = kineograph("run", tmp_path / "main.py", "--headless", data=tmp_path)
    assert (done.stdout, done.returncode) == ("7 import\n", 0)


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    done = kineograph("run", tmp_path / "none.py", data=tmp_path)
    assert done.returncode == 2
    assert "none.py" in done.stderr


def test_the_doctor_tells_what_is_there_and_what_to_do(tmp_path: Path) -> None:
    done = kineograph("doctor", data=tmp_path, KINEOGRAPH_FRONTEND=str(tmp_path))
    for what in ("Python", "NumPy", "CuPy", "sandbox", "page", "data"):
        assert what in done.stdout
    assert "make frontend" in done.stdout
    assert done.returncode == 1
    (tmp_path / "index.html").write_text("")
    assert kineograph("doctor", data=tmp_path, KINEOGRAPH_FRONTEND=str(tmp_path)).returncode == 0


def test_the_doctor_misses_a_sandbox(tmp_path: Path) -> None:
    done = kineograph("doctor", data=tmp_path, KINEOGRAPH_SANDBOX="false")
    assert done.returncode == 1
    assert "--trust-local-code" in done.stdout


def started(*arguments: str | Path, data: Path) -> tuple[subprocess.Popen[str], str]:
    """A command that serves, and where."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={"KINEOGRAPH_DRAIN_TIME": "0.2"} | os.environ | {"KINEOGRAPH_DATA": str(data), "BROWSER": "true"},
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found is not None
    return process, found[0]


def test_a_stop_lets_a_run_end_that_is_nearly_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINEOGRAPH_DRAIN_TIME", "8")
    process, url = started("serve", "--port", "0", "--data", tmp_path, data=tmp_path)
    id = httpx.post(f"{url}/api/runs", json={"code": "import time\ntime.sleep(1)\nprint('done')"}).json()["id"]
    with httpx.stream("GET", f"{url}/api/runs/{id}/events", headers={"Accept": "application/x-ndjson"}) as answer:
        lines = answer.iter_lines()
        assert json.loads(next(lines))["type"] == "start"
        process.send_signal(signal.SIGTERM)
        told = [json.loads(line) for line in lines if line]
    assert "".join(event.get("text", "") for event in told) == "done\n"
    assert told[-1]["status"] == "finished"
    assert process.wait(20) == 0
    process.communicate()


def test_serve_says_where_and_a_stop_ends_runs_before_their_viewers_leave(tmp_path: Path) -> None:
    process, url = started("serve", "--port", "0", "--data", tmp_path, data=tmp_path)
    id = httpx.post(f"{url}/api/runs", json={"code": "while True: pass"}).json()["id"]
    with httpx.stream("GET", f"{url}/api/runs/{id}/events", headers={"Accept": "application/x-ndjson"}) as answer:
        lines = answer.iter_lines()
        assert json.loads(next(lines))["type"] == "start"
        process.send_signal(signal.SIGTERM)
        end = [json.loads(line) for line in lines if line][-1]
    assert (end["type"], end["status"], end["reason"]) == ("end", "cancelled", "the server was stopped")
    assert process.wait(20) == 0
    process.communicate()
    process, url = started("serve", "--port", "0", "--data", tmp_path, data=tmp_path)
    info = httpx.get(f"{url}/api/runs/{id}").json()
    assert (info["status"], info["reason"]) == ("cancelled", "the server was stopped")
    process.terminate()
    process.communicate(timeout=20)


def test_a_server_killed_in_the_middle_of_a_run_tells_so_and_leaves_no_process(tmp_path: Path) -> None:
    process, url = started("serve", "--port", "0", data=tmp_path)
    id = httpx.post(f"{url}/api/runs", json={"code": "print('begun')\nwhile True: pass"}).json()["id"]
    time.sleep(0.5)
    below = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout
    process.kill()
    process.communicate()
    process, url = started("serve", "--port", "0", data=tmp_path)
    answer = httpx.get(f"{url}/api/runs/{id}/events", headers={"Accept": "application/x-ndjson"})
    events = [json.loads(line) for line in answer.text.splitlines()]
    assert [event["type"] for event in events] == ["start", "output", "end"]
    assert (events[-1]["status"], events[-1]["reason"]) == (
        "killed", "the server stopped while it ran; what it had told is kept",
    )  # fmt: skip
    assert below.split()
    assert not [pid for pid in below.split() if Path(f"/proc/{pid}/exe").exists()]
    process.terminate()
    process.communicate(timeout=20)


def test_run_opens_the_page_on_the_run(script: Path, tmp_path: Path) -> None:
    process, url = started("run", script, data=tmp_path)
    runs = httpx.get(f"{url}/api/runs").json()["runs"]
    while not runs or runs[0]["ended"] is None:
        time.sleep(0.05)
        runs = httpx.get(f"{url}/api/runs").json()["runs"]
    assert (runs[0]["title"], runs[0]["status"]) == ("script.py", "failed")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert "gradient 6.0" in out
    assert f"/runs/{runs[0]['id']}" in err
    assert process.returncode == 3
