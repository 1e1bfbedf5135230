"""Both modes of a run, on two stages side by side."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Open

SIGN = """import torch
for x in [torch.tensor(2.0, requires_grad=True), torch.tensor(-2.0, requires_grad=True)]:
    if x > 0:
        y = x * 3
    else:
        y = x * x
    y.backward()
"""


def test_both_modes_run_on_two_stages_and_the_baked_branch_is_said_at_its_line(open_page: Open) -> None:
    bench = open_page("/")
    bench.page.get_by_label("Both").check(force=True)
    bench.run_script(SIGN)
    twin = bench.page.locator(".twin")
    expect(twin.get_by_role("button", name="line 3")).to_be_visible()
    expect(twin).to_contain_text("a branch on a value: it was True, and that way is baked in")
    frame = bench.page.frame_locator(".twin iframe")
    bench.to_end()
    expect(frame.locator(".caption")).to_contain_text("Pass 2")
    twin.get_by_role("button", name="line 3").click()
    line = "__kineograph.trace.lineOf(__kineograph.trace.op(__kineograph.session.selection.value))"
    assert bench.ask(line) == 3


def test_a_dynamic_run_has_one_stage(open_page: Open) -> None:
    bench = open_page("/")
    bench.run_script(SIGN)
    expect(bench.page.locator(".twin")).to_have_count(0)
