"""A newcomer is shown around, in two minutes, and may leave at any time."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Open
from tests.e2e.test_access import violations


@pytest.mark.parametrize(("width", "hash", "begin", "on", "done"), [
    (1440, "", "Show me", "Next", "Done"), (390, "", "Show me", "Next", "Done"), (1024, "#lang=ko", "둘러보기", "다음", "마침"),
])  # fmt: skip
def test_newcomer_finishes_the_tour(open_page: Open, width: int, hash: str, begin: str, on: str, done: str) -> None:
    bench = open_page(f"/{hash}", width=width, height=844, newcomer=True)
    bench.button(begin).click()
    tour = bench.page.get_by_role("dialog")
    stops = 0
    while bench.page.locator(".tour").get_by_role("button", name=on, exact=True).count():
        expect(tour.locator("h2")).to_be_focused()
        expect(tour).to_be_in_viewport(ratio=1)
        assert violations(bench) == [], tour.inner_text()
        tour.get_by_role("button", name=on, exact=True).click()
        stops += 1
    assert stops == 6
    assert bench.ask("__kineograph.trace.passes.length > 0"), "the script ran on the way"
    tour.get_by_role("button", name=done, exact=True).click()
    expect(tour).to_have_count(0)
    bench.page.goto(bench.address)
    bench.wait_until("window.__kineograph?.editor")
    expect(bench.page.locator(".tour")).to_have_count(0)


def test_run_pressed_by_hand_leads_the_tour_on(open_page: Open) -> None:
    bench = open_page(newcomer=True)
    bench.button("Show me").click()
    bench.button("Next").click()
    bench.page.locator(".topbar .run").click()
    expect(bench.page.locator("#tour-title")).to_have_text("The graph grows")


def test_tour_is_left_by_a_button_and_by_a_key(open_page: Open) -> None:
    bench = open_page(newcomer=True)
    bench.button("Not now").click()
    expect(bench.page.locator(".tour")).to_have_count(0)
    bench.page.locator(".skip").focus()
    bench.page.keyboard.press("t")
    expect(bench.page.locator("#tour-title")).to_be_focused()
    bench.page.keyboard.press("Escape")
    expect(bench.page.locator(".tour")).to_have_count(0)
    bench.page.reload()
    bench.wait_until("window.__kineograph?.editor")
    expect(bench.page.locator(".tour")).to_have_count(0)


def test_who_follows_a_link_is_not_asked(open_page: Open) -> None:
    bench = open_page()
    bench.run()
    guest = open_page(f"/runs/{bench.ask('__kineograph.session.runId.value')}", newcomer=True)
    guest.wait_until("__kineograph.trace.end")
    expect(guest.page.locator(".tour")).to_have_count(0)
