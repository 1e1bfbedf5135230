"""A real server on a port of its own, a real Chromium, and a page whose console must stay clean."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Playwright, sync_playwright

from tests.e2e.workbench import Workbench

ROOT = Path(__file__).parents[2]
STARTING = 30.0  # seconds a server may take to answer
WALL_TIME = 4.0  # seconds a script may run here, so that the test of an endless one is short

BROWSER_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: Chromium says these of its software renderer when a picture is taken; they are no fault of the page.
NOISE = ("GL Driver Message", "GPU stall due to ReadPixels")


class Server:
    """The server, in a process of its own, on a folder that outlives a restart."""

    def __init__(self, data: Path, **settings: str) -> None:
        """``settings``: further ones, as the environment has them: ``KINEOGRAPH_TOKEN="..."``."""
        self._settings = {"KINEOGRAPH_WALL_TIME": str(WALL_TIME), "KINEOGRAPH_CODE": "20000", **settings}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.data = data
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "server.cli", "serve", "--port", str(self.port), "--data", str(self.data)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=os.environ | self._settings)
        deadline = time.monotonic() + STARTING
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                pytest.fail(f"the server ended at its start with status {self.process.returncode}: {' '.join(command)}")
            try:
                urllib.request.urlopen(f"{self.address}/api/health", timeout=2).close()
                return
            except OSError:
                time.sleep(0.05)
        pytest.fail(f"the server at {self.address} did not answer within {STARTING:.0f} s")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(STARTING)


@pytest.fixture(scope="session")
def built_page() -> Path:
    page = ROOT / "frontend" / "dist" / "index.html"
    if not page.is_file():
        pytest.fail(f"{page} is missing: build the page with `make frontend`, then run these tests again")
    return page


@pytest.fixture(scope="session")
def server(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("runs"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser per file. While Playwright is up, its event loop is this thread's: a later ``asyncio.run`` would fail."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=BROWSER_FLAGS)
        yield browser
        browser.close()


def find_chromium(playwright: Playwright) -> str:
    """``$CHROMIUM``, the machine's, or Playwright's own. Fails, and says what to do, where there is none."""
    for candidate in (os.environ.get("CHROMIUM"), shutil.which("chromium"), playwright.chromium.executable_path):
        if candidate and Path(candidate).is_file():
            return candidate
    pytest.fail("the page's tests need Chromium: install it, or run `playwright install chromium`, or set CHROMIUM")


Open = Callable[..., Workbench]


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Open]:
    """Opens the page as a visitor of its own: ``open_page("/", width=390, dark=True)``; ``newcomer``: here for the first time.

    At the end of the test, nothing may have been logged as an error or a warning in any of them.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(noise in message.text for noise in NOISE):
            complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def open_page(
        path: str = "/", *, width: int = 1440, height: int = 900, dark: bool = False, newcomer: bool = False
    ) -> Workbench:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        if not newcomer:  # who has been here before is not asked whether to take the tour
            context.add_init_script("localStorage.setItem('kineograph.tour', 'seen')")
        page = context.new_page()
        page.set_default_timeout(10_000)
        workbench = Workbench(page, server.address)
        page.on("console", lambda message: None if workbench.may_complain else note(message))
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error.stack or error}"))
        workbench.open(path)
        return workbench

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
