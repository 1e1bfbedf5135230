"""The interactive API docs work offline, under the page's own policy."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Open


def test_docs_list_the_routes(open_page: Open) -> None:
    bench = open_page()
    bench.page.goto(f"{bench.address}/docs")
    expect(bench.page.get_by_text("/api/runs/{id}/events").first).to_be_visible()


def test_page_asks_no_other_host(open_page: Open) -> None:
    bench = open_page()
    asked: list[str] = []
    bench.page.on("request", lambda request: asked.append(request.url))
    bench.page.reload()
    bench.run()
    bench.page.wait_for_timeout(500)
    assert [url for url in asked if not url.startswith((bench.address, "blob:", "data:"))] == []
    assert len(asked) > 4
