"""Press Run: nodes, lines, gradients, passes, output and loss come one after another."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e import scripts
from tests.e2e.conftest import Open


def test_page_opens_with_an_example_and_runs_it(open_page: Open) -> None:
    bench = open_page()
    expect(bench.editor).to_contain_text("import torch")
    expect(bench.page.get_by_text("Each line of the script draws its node here")).to_be_visible()
    bench.run()
    expect(bench.status).to_have_text("Finished")
    assert bench.ask("__kineograph.trace.passes.length") >= 2
    # The graph of the example that the page opens with changes from pass to pass.
    assert bench.ask("new Set(__kineograph.trace.passes.map((page) => page.graph)).size") >= 2
    assert bench.page.url.startswith(f"{bench.address}/runs/")


def test_nodes_and_lines_light_up_in_the_order_of_the_script(open_page: Open) -> None:
    bench = open_page()
    bench.type_script(scripts.SCALARS)
    bench.run()
    bench.ask("__kineograph.clock.seek(0)")
    seen: list[str] = []
    while bench.ask(
        "!__kineograph.trace.events.slice(0, __kineograph.clock.position.value).some((e) => e.type === 'backward')"
    ):
        bench.button("Step forward").click()
        line = bench.lit_line
        if line and (not seen or seen[-1] != line):
            seen.append(line)
    assert [line.strip() for line in seen] == ["d = a * b + 1", "loss = d * d", "loss.backward()"]


def test_backward_runs_back_over_the_same_nodes(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    bench.tiles.first.click()
    bench.select("mul", 6)
    expect(bench.inspector.locator(".is-grad").first).to_contain_text("14.0")
    # At the moment before backward, the same node has no gradient, and that is not zero.
    bench.ask("__kineograph.clock.seek(__kineograph.trace.passes[0].backwards[0].at)")
    expect(bench.inspector.locator(".not-computed")).to_contain_text("Not computed")


def test_strip_tells_what_changed_from_pass_to_pass(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    expect(bench.tiles).to_have_count(3)
    expect(bench.tiles.nth(1)).to_contain_text(re.compile("graph changed: [1-9]"))
    expect(bench.tiles.nth(2)).to_contain_text("same graph as pass 1")
    expect(bench.tiles.nth(0)).to_contain_text("49")


def test_output_comes_with_the_clock(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    expect(bench.output).to_contain_text("step 2 loss 49")
    bench.tiles.first.click()
    bench.ask("__kineograph.clock.seek(__kineograph.trace.passes[0].backwards[0].at)")
    expect(bench.output).not_to_contain_text("step")


def test_loss_is_plotted_and_a_click_goes_to_its_pass(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    chart = bench.page.locator(".chart")
    expect(chart).to_have_attribute("aria-label", re.compile("^Loss over 3 passes, from 49"))
    over = chart.locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    over.click(position={"x": 4, "y": box["height"] / 2})
    expect(bench.current_tile).to_have_attribute("id", "pass-1")


def test_script_without_tensors_says_so(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.NOTHING)
    expect(bench.page.get_by_text("The script ran no tensor operation")).to_be_visible()
    expect(bench.output).to_contain_text("hello")


def test_hundreds_of_passes_stay_light(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.MANY_PASSES)
    assert bench.ask("__kineograph.trace.passes.length") >= 150
    bench.page.locator(".passes").evaluate("(strip) => strip.scrollTo(0, 0)")
    expect(bench.tiles.first).to_contain_text("loss")
    assert bench.tiles.evaluate_all("(tiles) => tiles.filter((tile) => !tile.innerText.includes('loss')).length") <= 1
    assert bench.tiles.count() < 60, "only the tiles in view belong in the page"
    bench.ask("__kineograph.session.goToPass(75)")
    expect(bench.current_tile).to_have_attribute("id", "pass-75")
    expect(bench.current_tile).to_be_in_viewport()


def test_running_script_can_be_stopped(open_page: Open) -> None:
    bench = open_page()
    bench.type_script(scripts.ENDLESS)
    bench.page.locator(".topbar .run").click()
    expect(bench.status).to_have_text("Running")
    bench.button("Stop").click()
    expect(bench.status).to_have_text("Stopped by you")
    assert bench.ask("__kineograph.trace.passes.length") == 1


def test_gpu_choice_says_why_not(open_page: Open) -> None:
    bench = open_page()
    devices = bench.ask("fetch('/api/devices').then((answer) => answer.json())")
    gpu = next(device for device in devices if device["id"].startswith("cuda"))
    choice = bench.page.get_by_role("radio", name="GPU")
    if gpu["available"]:
        choice.check()
        expect(choice).to_be_checked()
    else:
        expect(choice).to_have_attribute("aria-disabled", "true")
        expect(bench.page.locator("#device-why")).to_have_text(gpu["reason"])
        choice.click(force=True)
        expect(bench.page.get_by_role("radio", name="CPU")).to_be_checked()
