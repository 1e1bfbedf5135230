"""A server that others can reach: its token, and the queue, as visitors see them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server
from tests.e2e.workbench import Workbench

TOKEN = "correct-horse-battery"


@pytest.fixture(scope="module")
def locked(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Wants a token, and runs one script at a time."""
    server = Server(tmp_path_factory.mktemp("runs"), KINEOGRAPH_TOKEN=TOKEN, KINEOGRAPH_RUNNING="1")
    yield server
    server.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def test_without_the_token_the_page_asks_for_it(page: Page, locked: Server) -> None:
    page.goto(locked.address)
    dialog = page.get_by_role("dialog", name="This server wants its token")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Token").fill("not that one")
    dialog.get_by_role("button", name="Come in").click()
    expect(dialog.get_by_role("alert")).to_have_text("That is not the token.")
    dialog.get_by_label("Token").fill(TOKEN)
    dialog.get_by_role("button", name="Come in").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".status")).to_have_text("Ready")


def test_a_link_with_the_token_comes_in_and_forgets_it(page: Page, locked: Server) -> None:
    page.goto(f"{locked.address}/?token={TOKEN}")
    expect(page.locator(".status")).to_have_text("Ready")
    assert "token" not in page.url
    page.reload()
    expect(page.get_by_role("dialog", name="This server wants its token")).to_be_hidden()


def test_who_waits_sees_the_place_in_the_queue(page: Page, locked: Server) -> None:
    page.goto(f"{locked.address}/?token={TOKEN}")
    bench = Workbench(page, locked.address)
    bench.open()
    start = """code => fetch('/api/runs', {method: 'POST', headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({code})}).then(answer => answer.status)"""
    for _ in range(2):
        assert page.evaluate(start, "import time\ntime.sleep(2)") == 201
    bench.type_script("import torch\nprint(torch.ones(2).sum())")
    page.locator(".topbar .run").click()
    expect(bench.status).to_have_text("1 before you in the queue")
    expect(bench.status).to_have_text("Next in the queue")
    expect(bench.status).to_have_text("Finished")
