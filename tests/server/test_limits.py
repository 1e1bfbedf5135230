"""What a run may use: past a limit it ends with a clear reason, keeps what it told, and the server goes on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from .conftest import Serve, Served

MIB = 1 << 20


@pytest.fixture(scope="module")
def tight(serve_forever: Serve) -> Served:
    """A server of narrow limits."""
    return serve_forever(wall_time=1.5, cpu_time=5, memory=300 * MIB, output=20_000, trace=2 * MIB)


def outcome(events: list[dict[str, Any]]) -> tuple[str, str]:
    assert events[-1]["type"] == "end"
    return events[-1]["status"], events[-1].get("reason", "")


def printed(events: list[dict[str, Any]]) -> str:
    return "".join(event["text"] for event in events if event["type"] == "output")


def still_serves(served: Served) -> None:
    assert outcome(served.run("import torch\nprint(torch.ones(2).sum().item())")) == ("finished", "")


def test_an_endless_loop_is_stopped_by_time(tight: Served) -> None:
    begun = time.monotonic()
    events = tight.run("import torch\nx = torch.ones(2) * 2\nprint('before', flush=True)\nwhile True: pass")
    assert outcome(events)[0] == "killed"
    assert "1.5 s" in outcome(events)[1]
    assert time.monotonic() - begun < 10
    assert printed(events) == "before\n"
    assert any(event["type"] == "op" for event in events)
    (error,) = [event for event in events if event["type"] == "error"]
    assert (error["exception"], error["line"]) == ("TimeLimit", 4)
    still_serves(tight)


def test_a_script_that_holds_on_to_its_time_is_killed(tight: Served) -> None:
    events = tight.run("import time\nwhile True:\n    try: time.sleep(9)\n    except BaseException: print('no')")
    assert outcome(events)[0] == "killed"
    assert "1.5 s" in outcome(events)[1]
    assert printed(events) == "no\n"


def test_an_endless_loop_in_c_is_stopped_too(tight: Served) -> None:
    assert "time limit" in outcome(tight.run("9 ** 9 ** 9"))[1]


def test_cpu_time_is_limited(serve: Serve) -> None:
    served = serve(wall_time=50, cpu_time=1)
    assert outcome(served.run("while True: pass")) == ("killed", "stopped after 1 s of CPU time: the limit")


def test_a_giant_allocation_is_an_error_at_its_line(tight: Served) -> None:
    events = tight.run("import torch\nprint('before')\nx = torch.zeros(10**10)")
    assert outcome(events)[0] == "failed"
    (error,) = [event for event in events if event["type"] == "error"]
    assert error["line"] == 3
    assert "emory" in error["exception"] + error["message"]
    assert printed(events) == "before\n"
    still_serves(tight)


def test_a_memory_bomb_is_stopped(tight: Served) -> None:
    status, reason = outcome(tight.run("import torch\nkept = []\nwhile True: kept.append(torch.ones(250_000))"))
    assert status in ("failed", "killed")
    assert "emory" in reason
    still_serves(tight)


def test_endless_output_is_stopped_and_what_was_printed_is_kept(tight: Served) -> None:
    events = tight.run("while True: print('again and again')")
    status, reason = outcome(events)
    assert status in ("failed", "killed")
    assert "printed more than 20000" in reason
    assert 19_000 < len(printed(events)) <= 20_000
    still_serves(tight)


def test_endless_events_are_stopped(serve: Serve) -> None:
    served = serve(wall_time=20, trace=1 * MIB, ops=10**9)
    events = served.run("import torch\nx = torch.ones(3, requires_grad=True)\nwhile True: (x * 2).sum().backward()")
    assert outcome(events) == ("killed", "stopped at 1 MiB of events: the limit")
    assert any(event["type"] == "pass_end" for event in events)


def test_a_crash_of_the_interpreter_is_told(tight: Served) -> None:
    status, reason = outcome(tight.run("import ctypes\nctypes.string_at(0)"))
    assert (status, reason) == ("killed", "the interpreter crashed (segmentation fault)")
    still_serves(tight)


def test_runs_wait_their_turn_and_all_finish(serve: Serve) -> None:
    served = serve(running=2, queue=30)
    ids = [served.start(f"print({n})") for n in range(20)]
    assert [printed(served.events(id)) for id in ids] == [f"{n}\n" for n in range(20)]
