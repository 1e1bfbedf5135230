"""Bad input: each gets a clear message with its line and what to try, and what ran before stays."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e import scripts
from tests.e2e.conftest import Open


def test_shape_mismatch_marks_the_op_and_its_line(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SHAPE_MISMATCH)
    expect(bench.status).to_have_text("Stopped by an error")
    expect(bench.problem).to_contain_text("line 6")
    expect(bench.problem).to_contain_text("2 × 3")
    expect(bench.problem).to_contain_text("4 × 5")
    expect(bench.problem.locator(".hint")).to_contain_text("Try this")
    expect(bench.page.locator(".k-error")).to_have_text("y = h @ w")
    expect(bench.page.locator(".k-message")).to_be_visible()
    assert bench.ask("__kineograph.trace.passes[0].ops.length") == 1, "the op before the error stays"
    expect(bench.current_tile).to_have_class("tile is-error is-current")


def test_syntax_error_is_told_at_its_line(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SYNTAX_ERROR)
    expect(bench.problem).to_contain_text("SyntaxError")
    expect(bench.page.locator(".k-error")).to_contain_text("torch.ones(3")


def test_unknown_name_says_what_to_try(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.UNKNOWN_NAME)
    expect(bench.problem).to_contain_text("sofmax")
    expect(bench.problem).to_contain_text("softmax")
    expect(bench.page.locator(".k-error")).to_contain_text("torch.sofmax")


def test_endless_loop_is_killed_and_its_graph_stays(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.ENDLESS)
    expect(bench.status).to_contain_text("Killed")
    expect(bench.problem).to_contain_text("time is up")
    expect(bench.problem).to_contain_text("What ran before it stays")
    expect(bench.page.locator(".k-error")).to_contain_text("while True:")
    assert bench.ask("__kineograph.trace.passes[0].ops.length") == 2
    expect(bench.output).to_contain_text("before the loop")


def test_endless_printing_is_stopped_and_the_page_lives(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.CHATTY)
    assert bench.ask("__kineograph.session.status.value") in ("killed", "failed")
    expect(bench.output).to_contain_text("again and again")
    expect(bench.problem).to_be_visible()
    bench.run_script(scripts.NOTHING)
    expect(bench.status).to_have_text("Finished")


def test_empty_script_is_refused_kindly(open_page: Open) -> None:
    bench = open_page()
    bench.may_complain = True  # the browser logs the refused request
    bench.type_script("# nothing here\n")
    bench.run()
    expect(bench.status).to_have_text("Not started")
    expect(bench.problem).to_contain_text("The script is empty")


def test_script_over_the_limit_is_refused_with_its_size(open_page: Open) -> None:
    bench = open_page()
    bench.may_complain = True
    bench.type_script("x = 1  # " + "very " * 5000)
    bench.run()
    expect(bench.problem).to_contain_text("too large")


def test_unknown_run_says_so_and_keeps_the_script(open_page: Open) -> None:
    bench = open_page()
    bench.type_script("print('mine')")
    bench.may_complain = True
    bench.open("/runs/nosuchrun")
    expect(bench.problem).to_contain_text("This run is not here")
    expect(bench.editor).to_contain_text("mine")


def test_error_leaves_when_the_script_is_mended(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SHAPE_MISMATCH)
    bench.run_script(scripts.SHAPE_MISMATCH.replace("(4, 5)", "(3, 5)"))
    expect(bench.status).to_have_text("Finished")
    expect(bench.problem).to_have_count(0)
    expect(bench.page.locator(".k-error")).to_have_count(0)
