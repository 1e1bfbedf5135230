"""Before an audience: large type, a clicker, and a question before each gradient."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e import scripts
from tests.e2e.conftest import Open
from tests.e2e.test_access import violations


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_clock_asks_before_a_gradient_and_reveals_it(open_page: Open, dark: bool) -> None:
    bench = open_page(dark=dark)
    bench.run_script(scripts.SCALARS)
    keyboard = bench.page.keyboard
    small = bench.page.locator(".panel-head h2").first.evaluate("(head) => parseFloat(getComputedStyle(head).fontSize)")
    bench.page.locator(".skip").focus()
    keyboard.press("p")
    large = bench.page.locator(".panel-head h2").first.evaluate("(head) => parseFloat(getComputedStyle(head).fontSize)")
    assert large > small * 1.25
    assert bench.overflow() == 0
    keyboard.press("Home")
    asked = bench.page.locator(".prediction")
    for _ in range(40):
        keyboard.press("PageDown")
        if asked.count():
            break
    expect(asked).to_contain_text("What will the gradient of a be?")
    assert violations(bench) == []
    before = bench.position
    asked.get_by_label("The guess").fill("42")
    keyboard.press("PageDown")
    expect(asked).to_contain_text("42: right.")
    assert bench.position == before + 1
    bench.page.locator(".skip").focus()
    keyboard.press("PageUp")
    keyboard.press("PageDown")
    expect(asked.get_by_label("The guess")).to_have_count(0)  # what was revealed is not asked again


def test_playing_stops_before_a_gradient_too(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    bench.button("Present").click()
    bench.ask("__kineograph.clock.speed.value = Infinity; __kineograph.clock.play()")
    expect(bench.page.locator(".prediction")).to_be_visible()
    assert bench.ask("__kineograph.clock.playing.value") is False
    bench.button("Reveal").click()
    expect(bench.page.locator(".prediction strong")).to_have_text("42")
    bench.button("Present").click()
    expect(bench.page.locator(".prediction")).to_have_count(0)
