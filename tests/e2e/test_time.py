"""One clock: play, pause, step, flip, scrub, in both directions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import scripts
from tests.e2e.conftest import Open
from tests.e2e.workbench import Workbench


@pytest.fixture
def bench(open_page: Open) -> Workbench:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    return bench


def test_steps_back_and_forward_are_each_other_undone(bench: Workbench) -> None:
    bench.tiles.nth(1).click()
    bench.button("Step back").click()
    before = bench.position
    bench.button("Step back").click()
    assert bench.position < before
    bench.button("Step forward").click()
    assert bench.position == before


def test_scrubbing_back_shows_what_stepping_there_shows(bench: Workbench) -> None:
    bench.tiles.nth(0).click()
    bench.select("mul", 6)
    there = bench.position
    bench.inspector.locator(".equation .katex").wait_for()
    value = bench.inspector.inner_text()
    bench.to_end()
    bench.ask("__kineograph.clock.seek(0)")
    expect(bench.inspector).to_contain_text("Not computed yet at this step")
    bench.ask(f"__kineograph.clock.seek({there})")
    expect(bench.inspector.locator(".equation .katex")).to_be_visible()
    assert bench.inspector.inner_text() == value


def test_slider_drags(bench: Workbench) -> None:
    box = bench.slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    bench.page.mouse.move(box["x"] + box["width"] * 0.9, middle)
    bench.page.mouse.down()
    bench.page.mouse.move(box["x"] + box["width"] * 0.25, middle, steps=4)
    bench.page.mouse.up()
    length = bench.ask("__kineograph.clock.length.value")
    assert abs(bench.position - length * 0.25) <= 2
    expect(bench.current_tile).to_have_attribute("id", "pass-1")


def test_slider_speaks_and_obeys_the_keyboard(bench: Workbench) -> None:
    bench.slider.focus()
    bench.page.keyboard.press("Home")
    assert bench.position == 0
    bench.page.keyboard.press("ArrowRight")
    expect(bench.slider).to_have_attribute(
        "aria-valuetext", re.compile(r"^event \d+ of \d+: mul made scalar 6.0, line 6$")
    )
    bench.page.keyboard.press("End")
    assert bench.position == bench.ask("__kineograph.clock.length.value")


def test_flipping_keeps_the_selected_op(bench: Workbench) -> None:
    bench.tiles.nth(0).click()
    bench.select("add", 6)
    first = bench.ask("__kineograph.session.selection.value")
    bench.button("Next pass").click()
    second = bench.ask("__kineograph.session.selection.value")
    assert first.startswith("1.")
    assert second.startswith("2.")
    expect(bench.current_tile).to_have_attribute("id", "pass-2")


def test_play_runs_by_itself_and_pause_holds(bench: Workbench) -> None:
    bench.ask("__kineograph.clock.seek(0)")
    bench.page.get_by_role("combobox", name="Speed").select_option("16")
    bench.button("Play").click()
    bench.wait_until("__kineograph.clock.position.value > 8")
    bench.button("Pause").click()
    held = bench.position
    bench.page.wait_for_timeout(300)
    assert bench.position == held


def test_arrow_keys_flip_in_the_strip(bench: Workbench) -> None:
    bench.tiles.nth(0).click()
    bench.page.get_by_role("listbox", name="Passes").focus()
    bench.page.keyboard.press("ArrowRight")
    expect(bench.current_tile).to_have_attribute("id", "pass-2")
    bench.page.keyboard.press("End")
    expect(bench.current_tile).to_have_attribute("id", "pass-3")
