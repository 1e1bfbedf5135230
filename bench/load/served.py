"""A server in a process of its own, as users start it, and what it uses."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Usage:
    """What a process and all below it use now."""

    cpu_time: float  #: seconds since they began
    memory: int  #: bytes resident and private to them, which no other process shares
    descriptors: int
    processes: int


class ServedProcess:
    """``kineograph serve`` on a free port, with a folder of its own; a context manager."""

    def __init__(self, *, arguments: tuple[str, ...] = (), **settings: Any) -> None:
        """``settings``: what goes before the server's defaults, by their names."""
        self._folder = tempfile.TemporaryDirectory(prefix="kineograph-load-")
        self.data = Path(self._folder.name)
        named = {f"KINEOGRAPH_{name.upper()}": str(value) for name, value in {"data": self.data, **settings}.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | named,
        )  # fmt: skip
        self.errors: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        address = re.search(r"http://[^\s/]+:(\d+)", said)
        if address is None:
            self.process.kill()
            raise RuntimeError(f"the server did not start: {said} {''.join(self.errors)}")
        self.url, self.port = address[0], int(address[1])
        self.client = httpx.Client(base_url=self.url, timeout=120)

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line)

    def start(self, code: str) -> str:
        """Post a script; its run's id. One that finds the queue full waits for its turn to wait."""
        while True:
            answer = self.client.post("/api/runs", json={"code": code})
            if answer.status_code != 429:
                break
            time.sleep(0.02)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def usage(self) -> Usage:
        """What the server and its children use."""
        return usage(self.process.pid)

    def stop(self) -> int:
        """Ask it to end, as ``systemctl stop`` does; its exit status."""
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def __enter__(self) -> ServedProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()
        self._folder.cleanup()


def family(pid: int) -> list[int]:
    """A process and all below it, those that end meanwhile left out."""
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    except OSError:
        pass
    return found


def usage(pid: int) -> Usage:
    """What process ``pid`` and all below it use. CPU time includes that of children that have ended."""
    cpu = memory = descriptors = processes = 0
    for member in family(pid):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            private = sum(
                int(line.split()[1]) << 10
                for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
                if line.startswith("Private_")
            )
            descriptors += len(os.listdir(f"/proc/{member}/fd"))
        except OSError:
            continue
        cpu += sum(map(int, fields[11:15]))
        memory += private
        processes += 1
    return Usage(cpu / _TICKS, memory, descriptors, processes)
