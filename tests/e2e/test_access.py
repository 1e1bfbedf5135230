"""Everyone can use it: by keyboard alone, by ear, on a phone; an automated checker finds nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e import scripts
from tests.e2e.conftest import ROOT, Open
from tests.e2e.workbench import Workbench

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(bench: Workbench) -> list[str]:
    """What axe-core finds: rule, then the elements."""
    bench.ask(Path(AXE).read_text(encoding="utf-8"))
    bench.page.wait_for_timeout(200)  # colours may be on their way to their next value
    found: dict[str, Any] = bench.ask(f"axe.run({{runOnly: {TAGS}}})")
    return [
        f"{v['id']}: {[(node['target'], node.get('failureSummary')) for node in v['nodes']]}"
        for v in found["violations"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_checker_finds_nothing(open_page: Open, width: int, dark: bool) -> None:
    bench = open_page(width=width, height=844, dark=dark)
    assert violations(bench) == [], "before the first run"
    if width > 760:
        bench.run_script(scripts.SCALARS)
        bench.tiles.nth(1).click()
        bench.select("exp", 8)
    else:
        bench.run()
        bench.ask("__kineograph.session.goToPass(1); __kineograph.session.select('1.0')")
    bench.inspector.locator(".katex").first.wait_for(state="attached")
    assert violations(bench) == [], "with a run and a selection"
    for tab in bench.page.locator(".foot-tabs [role=tab], .panel .tabs [role=tab]").all():
        if tab.is_visible():
            tab.click()
            assert violations(bench) == [], f"tab {tab.inner_text()}"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_checker_finds_nothing_in_an_error_nor_in_a_menu(open_page: Open, dark: bool) -> None:
    bench = open_page(dark=dark)
    bench.run_script(scripts.SHAPE_MISMATCH)
    assert violations(bench) == [], "with an error"
    bench.page.locator(".examples-button").click()
    assert violations(bench) == [], "with the examples open"
    bench.page.keyboard.press("Escape")
    bench.button("Keyboard shortcuts").click()
    assert violations(bench) == [], "with the help open"


def test_whole_visit_by_keyboard(open_page: Open) -> None:
    bench = open_page()
    keyboard = bench.page.keyboard
    keyboard.press("e")  # into the editor
    keyboard.press("ControlOrMeta+a")
    keyboard.insert_text(scripts.SCALARS)
    keyboard.press("ControlOrMeta+Enter")
    bench.wait_ended()
    keyboard.press("Escape")
    keyboard.press("Tab")  # Escape, then Tab, leaves the editor
    keyboard.press("Home")
    assert bench.position == 0
    keyboard.press("ArrowRight")
    assert bench.position > 0
    keyboard.press("Shift+ArrowRight")
    expect(bench.current_tile).to_have_attribute("id", "pass-2")
    keyboard.press("o")
    bench.page.get_by_role("tree").focus()
    keyboard.press("End")
    assert bench.ask("__kineograph.session.selection.value") is not None
    expect(bench.inspector.locator(".is-value")).to_be_visible()
    keyboard.press("Escape")
    assert bench.ask("__kineograph.session.selection.value") is None
    bench.page.locator(".skip").focus()
    keyboard.press("?")
    expect(bench.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    keyboard.press("Escape")
    expect(bench.page.get_by_role("dialog")).to_have_count(0)


def test_steps_are_told_in_words(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    bench.ask("__kineograph.clock.seek(0)")
    bench.button("Step forward").click()
    expect(bench.page.locator("#narrator")).to_have_text("mul made scalar 6.0, line 6")


def test_outline_says_what_the_picture_shows(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    bench.tiles.first.click()
    bench.select("mul", 6)
    names = bench.page.get_by_role("treeitem").evaluate_all(
        "(rows) => rows.map((row) => row.innerText.split(/\\s*\\n\\s*/).join(', '))"
    )
    assert names[:3] == ["mul, 6.0, line 6", "add, 7.0, line 6", "mul, 49.0, line 9"]


@pytest.mark.parametrize("width", [320, 390, 761, 1024, 1199, 1200, 1440])
def test_page_never_scrolls_sideways(open_page: Open, width: int) -> None:
    bench = open_page(width=width, height=800)
    assert bench.overflow() == 0
    bench.run()
    assert bench.overflow() == 0
    for tab in bench.page.locator(".foot-tabs [role=tab]").all():
        tab.click()
        assert bench.overflow() == 0, tab.inner_text()


def test_phone_has_the_transport_on_every_tab(open_page: Open) -> None:
    bench = open_page(width=390, height=844)
    bench.run()
    for tab in bench.page.locator(".foot-tabs [role=tab]").all():
        tab.click()
        expect(bench.button("Step forward")).to_be_in_viewport()
        expect(bench.slider).to_be_in_viewport()


def test_reader_may_choose_dark_and_it_stays(open_page: Open) -> None:
    bench = open_page()
    assert bench.ask("document.documentElement.dataset.theme") == "light"
    theme = bench.page.get_by_role("button", name="Colours")
    theme.click()
    theme.click()
    assert bench.ask("document.documentElement.dataset.theme") == "dark"
    bench.page.reload()
    assert bench.ask("document.documentElement.dataset.theme") == "dark"
