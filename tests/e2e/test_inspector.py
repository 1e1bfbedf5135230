"""The inspector's numbers, worked out by hand in scripts.py."""

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
    bench.ask("__kineograph.clock.seek(__kineograph.trace.passes[0].backwards[0].endAt + 1)")
    return bench


def test_op_shows_value_gradient_formula_and_chain_rule(bench: Workbench) -> None:
    bench.select("mul", 6)  # a * b
    panel = bench.inspector
    expect(panel.locator(".is-value .number")).to_have_text("6.0")
    expect(panel.locator(".is-grad .number").first).to_have_text("14.0")
    expect(panel.locator(".equation .katex")).to_be_visible()
    expect(panel.locator(".rules li")).to_have_count(2)
    sent = panel.locator(".is-downstream")
    expect(sent.nth(0)).to_contain_text("sent back to a")
    expect(sent.nth(0).locator(".number")).to_have_text("42.0")
    expect(sent.nth(1)).to_contain_text("sent back to b")
    expect(sent.nth(1).locator(".number")).to_have_text("28.0")


def test_tensor_used_twice_shows_the_sum(bench: Workbench) -> None:
    bench.select("add", 6)  # d, read twice by d * d: 7 + 7
    parts = bench.inspector.locator("section", has_text="The gradient is the sum of these").locator("li")
    expect(parts).to_have_count(2)
    expect(parts.first).to_contain_text("7.0")


def test_inputs_lead_on_and_the_line_leads_back(bench: Workbench) -> None:
    bench.select("mul", 6)
    bench.inspector.locator("section", has_text="Inputs").get_by_role("button", name=re.compile(r"^a\b")).click()
    expect(bench.inspector.locator(".details-head")).to_contain_text("parameter")
    expect(bench.inspector.locator(".is-grad .number")).to_have_text("42.0")
    bench.select("mul", 9)
    bench.inspector.get_by_role("button", name="line 9").first.click()
    assert (
        bench.ask(
            "__kineograph.editor.view.state.doc.lineAt(__kineograph.editor.view.state.selection.main.head).number"
        )
        == 9
    )


def test_line_selects_its_nodes(bench: Workbench) -> None:
    bench.page.locator(".cm-line", has_text="loss = d * d").click()
    expect(bench.inspector.locator(".details-head")).to_contain_text("loss")
    expect(bench.inspector.locator(".is-value .number")).to_have_text("49.0")


def test_large_tensor_is_summarised_and_fetched(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.LARGE)
    bench.select("mul", 4)
    panel = bench.inspector
    expect(panel.locator(".stats")).to_contain_text("14.0")
    expect(panel.get_by_role("img", name=re.compile("^Histogram from 2.0 to 14.0"))).to_be_visible()
    expect(panel.locator(".heatmap canvas")).to_be_visible()
    bench.wait_until(
        "document.querySelector('.heatmap canvas')?.width === 30"
    )  # it is painted a moment after it is there
    assert bench.ask("document.querySelector('.heatmap canvas').height") == 20


def test_selection_brings_its_line_into_view(open_page: Open) -> None:
    bench = open_page(width=1024, height=600)
    bench.run_script(scripts.SCALARS + "# far below\n" * 60 + "end = (a * 0).exp()\n")
    bench.select("exp")
    expect(bench.page.locator(".cm-line", has_text="end =")).to_be_in_viewport()
    bench.ask("__kineograph.session.goToPass(1); __kineograph.session.select('1.0')")
    expect(bench.page.locator(".k-selected", has_text="d = a * b + 1")).to_be_in_viewport()
