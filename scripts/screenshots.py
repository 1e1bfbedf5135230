"""Takes the pictures in docs/images from the running product: ``make screenshots``.

Starts a server of its own, runs the example that the page opens with, and photographs one moment of it: the gradients
halfway back, in both colour schemes.
``CHROMIUM`` names the browser; without it, Playwright's own is used.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "images"
STARTING = 20.0  # seconds a server may take to answer
RUNNING = 60.0  # seconds the example may take
SETTLING = 1_500.0  # milliseconds for the last animation to come to rest

BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True)
class Shot:
    """One picture: its file name, the window in CSS pixels, and the colour scheme."""

    name: str
    width: int
    height: int
    scheme: Literal["dark", "light"]


SHOTS = [
    Shot("stage-dark", 1440, 900, "dark"),
    Shot("stage-light", 1440, 900, "light"),
    Shot("tablet-dark", 1024, 768, "dark"),
    Shot("phone-light", 390, 844, "light"),
]


@contextmanager
def served() -> Iterator[str]:
    """The address of a server with no runs yet. Raises TimeoutError where it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "server.cli", "serve", "--port", str(port)]
        server = subprocess.Popen(command, env=os.environ | {"KINEOGRAPH_DATA": data})
        try:
            address = f"http://127.0.0.1:{port}"
            await_health(address)
            yield address
        finally:
            server.terminate()
            server.wait(STARTING)


def await_health(address: str) -> None:
    """Returns once the server answers."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/api/health", timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{address} did not answer within {STARTING:.0f} s")


def run_opening_example(address: str) -> tuple[str, list[dict[str, Any]]]:
    """Runs the example that the page opens with, to its end; returns the run's id and its events."""
    with urllib.request.urlopen(f"{address}/api/examples") as answer:
        example = json.load(answer)[0]
    body = json.dumps({"code": example["code"]}).encode()
    request = urllib.request.Request(f"{address}/api/runs", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        run: str = json.load(answer)["id"]
    lines = urllib.request.Request(f"{address}/api/runs/{run}/events", headers={"Accept": "application/x-ndjson"})
    with urllib.request.urlopen(lines, timeout=RUNNING) as answer:
        events = [json.loads(line) for line in answer if line.strip()]
    if events[-1].get("status") != "finished":
        raise RuntimeError(f"the example did not finish: {events[-1]}")
    return run, events


def telling_moment(events: list[dict[str, Any]]) -> tuple[int, str]:
    """Where in the run to look: halfway through the backward of the pass with most ops, and the op it has reached."""
    rules = [(at, event) for at, event in enumerate(events) if event["type"] == "vjp"]
    most = max({event["pass"] for _, event in rules}, key=lambda n: sum(event["pass"] == n for _, event in rules))
    backward = [(at, event["op"]) for at, event in rules if event["pass"] == most]
    at, op = backward[len(backward) // 2]
    return at + 1, op


def photograph(browser: Browser, link: str, shot: Shot) -> Path:
    """Opens a moment of a run in a window of its own and saves a picture of it."""
    window = browser.new_context(
        viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme, device_scale_factor=2
    )
    window.add_init_script("localStorage.setItem('kineograph.tour', 'seen')")  # no card over the picture
    page = window.new_page()
    page.goto(link)
    page.locator(".status[data-state=finished]").wait_for()
    page.get_by_role("button", name="Fit the graph").click()
    page.wait_for_timeout(SETTLING)
    path = PICTURES / f"{shot.name}.png"
    page.screenshot(path=path)
    window.close()
    return path


def main() -> None:
    """Takes every picture and prints where it is."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        run, events = run_opening_example(address)
        at, op = telling_moment(events)
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"), args=BROWSER_FLAGS)
        for shot in SHOTS:
            print(photograph(browser, f"{address}/runs/{run}#t={at}&select={op}", shot))
        browser.close()


if __name__ == "__main__":
    main()
