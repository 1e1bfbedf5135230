"""A run has a link: reloads, late viewers and lost connections all see the same pages."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e import scripts
from tests.e2e.conftest import Open, Server
from tests.e2e.workbench import Workbench


def path_of(bench: Workbench) -> str:
    bench.wait_until("location.pathname.startsWith('/runs/')")
    return bench.page.url.removeprefix(bench.address)


def pages_of(bench: Workbench) -> object:
    """All that the page knows of the run, in its order."""
    bench.wait_until("__kineograph.trace.end")
    return bench.ask("__kineograph.trace.events")


def test_reload_stands_where_it_stood(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    bench.tiles.nth(1).click()
    bench.select("exp", 8)
    bench.wait_until("location.hash.includes('select=2.')")
    position, told = bench.position, pages_of(bench)
    bench.page.reload()
    bench.wait_until(f"window.__kineograph?.clock.position.value === {position}")
    assert pages_of(bench) == told
    expect(bench.inspector.locator(".details-head")).to_contain_text("exp")
    expect(bench.editor).to_contain_text("d = a * b + 1")


def test_script_survives_a_reload_before_it_ran(open_page: Open) -> None:
    bench = open_page()
    bench.type_script("x = 'not lost'")
    bench.page.reload()
    expect(bench.editor).to_contain_text("not lost")


def test_late_viewer_sees_the_same_pages(open_page: Open) -> None:
    first = open_page()
    first.type_script(scripts.SLOW)
    first.page.locator(".topbar .run").click()
    first.wait_until("__kineograph.trace.passes.length >= 2")
    late = open_page(f"/runs/{first.ask('__kineograph.session.runId.value')}")
    assert pages_of(late) == pages_of(first)
    assert late.ask("__kineograph.trace.end.status") == "finished"


def test_lost_connection_is_said_and_made_up_for(open_page: Open) -> None:
    bench = open_page()
    bench.may_complain = True
    bench.type_script(scripts.SLOW)
    bench.page.locator(".topbar .run").click()
    bench.wait_until("__kineograph.trace.passes.length >= 2")
    bench.page.context.set_offline(True)
    expect(bench.status).to_contain_text("offline", ignore_case=True)
    bench.page.context.set_offline(False)
    bench.wait_ended()
    told = pages_of(bench)
    other = open_page(path_of(bench).split("#")[0])
    assert pages_of(other) == told


def test_link_outlives_the_server(open_page: Open, server: Server) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    told, path = pages_of(bench), path_of(bench)
    bench.may_complain = True  # the browser asks for the icon now and then
    server.stop()
    server.start()
    again = open_page(path)
    assert pages_of(again) == told
