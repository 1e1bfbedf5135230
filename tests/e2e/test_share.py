"""A run is handed on: the whole state in its address, a frame for other pages, files."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import scripts
from tests.e2e.conftest import Open
from tests.e2e.test_access import violations
from tests.e2e.workbench import Workbench


@pytest.fixture
def foreign_page() -> Iterator[Callable[[str], str]]:
    """Serves markup as a page of another site: ``foreign_page("<p>Slide")`` is its address."""
    bodies: list[str] = []

    class Slides(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(bodies[-1].encode())

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    slides = ThreadingHTTPServer(("127.0.0.1", 0), Slides)
    Thread(target=slides.serve_forever, daemon=True).start()

    def show(body: str) -> str:
        bodies.append(f"<!doctype html><title>Slide</title>{body}")
        return f"http://localhost:{slides.server_port}/{len(bodies)}"

    yield show
    slides.shutdown()
    slides.server_close()


def test_back_and_forward_go_through_what_was_looked_at(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    for n in (1, 2):
        bench.tiles.nth(n - 1).click()
        bench.wait_until(f"location.hash.includes('pass={n}')")
    bench.page.go_back()
    expect(bench.current_tile).to_have_attribute("id", "pass-1")
    bench.page.go_forward()
    expect(bench.current_tile).to_have_attribute("id", "pass-2")


def test_address_leads_back_to_the_run_before(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    bench.wait_until("location.hash.includes('t=')")
    first = bench.ask("__kineograph.session.runId.value")
    bench.run_script("import torch\ntorch.ones(2).sum()\n")
    bench.wait_until(f"!location.pathname.includes({json.dumps(first)})")
    bench.page.go_back()
    bench.wait_until(f"__kineograph.session.runId.value === {json.dumps(first)} && __kineograph.trace.end")
    expect(bench.editor).to_contain_text("d = a * b + 1")


def test_address_holds_camera_panel_colours_and_language(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    bench.page.get_by_role("tab", name="Alarms").click()
    bench.button("Zoom in").click()
    bench.page.get_by_role("button", name="Colours").click()
    bench.wait_until("location.hash.includes('view=') && location.hash.includes('panel=alarms')")
    bench.wait_until("location.hash.includes('theme=light')")
    seen = bench.ask("__kineograph.stage.camera.target")
    other = open_page(f"{bench.page.url.removeprefix(bench.address)}&lang=ko", dark=True)
    other.wait_until("__kineograph.trace.end && !__kineograph.stage.camera.following")
    there = other.ask("__kineograph.stage.camera.target")
    assert abs(there["k"] - seen["k"]) < 0.01
    assert abs(there["x"] - seen["x"]) < 2 and abs(there["y"] - seen["y"]) < 2
    expect(other.page.locator("#panel-alarms")).to_be_visible()
    assert other.ask("document.documentElement.dataset.theme") == "light"
    expect(other.page.locator("html")).to_have_attribute("lang", "ko")


def test_address_holds_a_script_that_has_not_run(open_page: Open) -> None:
    bench = open_page()
    bench.type_script("print('한글 and a quote \"')\n")
    bench.wait_until("location.hash.includes('code=')")
    other = open_page(bench.page.url.removeprefix(bench.address))
    expect(other.editor).to_contain_text("print('한글 and a quote \"')")


def test_link_is_copied_with_one_key(open_page: Open) -> None:
    bench = open_page()
    bench.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bench.run_script(scripts.SCALARS)
    bench.tiles.nth(1).click()
    bench.page.keyboard.press("l")
    expect(bench.page.locator(".said")).to_have_text("Link copied")
    link = bench.ask("navigator.clipboard.readText()")
    assert re.search(r"/runs/\w+#pass=2&t=\d+", link)


def test_embed_code_shows_the_run_in_another_page(
    open_page: Open, browser: Browser, foreign_page: Callable[[str], str]
) -> None:
    bench = open_page()
    bench.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bench.run_script(scripts.SCALARS)
    bench.tiles.nth(1).click()
    bench.page.locator(".share").click()
    assert violations(bench) == []
    bench.button("Copy embed code").click()
    expect(bench.page.locator(".said")).to_have_text("Embed code copied")
    code = bench.ask("navigator.clipboard.readText()")
    context = browser.new_context()
    page = context.new_page()
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method != "GET" else None)
    page.goto(foreign_page(f"<p>Slide{code}"))
    frame = page.frame_locator("iframe")
    expect(frame.locator(".caption")).to_contain_text("Pass 2")
    expect(frame.locator(".status")).to_have_text("Finished")
    expect(frame.locator(".run, .examples, .start")).to_have_count(0)
    frame.get_by_role("button", name="Step back").click()
    page.keyboard.press("ControlOrMeta+Enter")
    frame.get_by_role("tab", name="Code").click()
    expect(frame.locator(".cm-content")).to_contain_text("d = a * b + 1")
    frame.locator(".cm-content").click()
    page.keyboard.type("broken")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(frame.locator(".cm-content")).not_to_contain_text("broken")
    expect(frame.locator(".status")).to_have_text("Finished")
    assert posted == []
    href = frame.get_by_role("link", name="Open in Kineograph").get_attribute("href")
    assert href is not None and href.startswith("/runs/")
    page.goto(foreign_page(code.replace("/embed/", "/runs/")))
    page.wait_for_timeout(500)
    assert page.frame_locator("iframe").locator("#app").count() == 0, "only the embedding address may stand in a frame"
    context.close()


def test_checker_finds_nothing_in_an_embedded_run(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    run = bench.ask("__kineograph.session.runId.value")
    for dark in (False, True):
        embedded = open_page(f"/embed/{run}#pass=1", width=800, height=520, dark=dark)
        embedded.wait_until("__kineograph.trace.end")
        assert violations(embedded) == []
        assert embedded.overflow() == 0


def saved(bench: Workbench, kind: str) -> Path:
    bench.page.locator(".share").click()
    with bench.page.expect_download() as download:
        bench.page.locator(".export").filter(has_text=kind).click()
    bench.page.keyboard.press("Escape")
    return download.value.path()


def test_run_is_saved_as_png_svg_and_json(open_page: Open) -> None:
    bench = open_page()
    bench.run_script(scripts.SCALARS)
    assert saved(bench, "PNG").read_bytes().startswith(b"\x89PNG")
    drawing = ET.parse(saved(bench, "SVG")).getroot()
    space = {"s": "http://www.w3.org/2000/svg"}
    texts = ["".join(text.itertext()) for text in drawing.iterfind(".//s:text", space)]
    assert {"mul", "exp"} <= set(texts)
    families = {text.get("font-family") or "" for text in drawing.iterfind(".//s:text", space)}
    assert all("Geist" in family for family in families)
    told = json.loads(saved(bench, "JSON").read_text(encoding="utf-8"))
    assert told["events"] == bench.ask("__kineograph.trace.events")
    assert "d = a * b + 1" in told["code"]


def test_saved_page_replays_the_run_with_no_network(open_page: Open, browser: Browser, tmp_path: Path) -> None:
    bench = open_page()
    bench.run_script(f'{scripts.SCALARS}print("</script><b>bold")\n')
    bench.tiles.nth(1).click()
    bench.select("exp", 8)
    told = bench.ask("__kineograph.trace.events")
    file = tmp_path / "kineograph.html"
    file.write_bytes(saved(bench, "HTML").read_bytes())
    expect(bench.page.locator(".said")).to_contain_text("MB")

    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(file.as_uri())
    replay = Workbench(page, "")
    replay.wait_until("window.__kineograph?.trace.end && __kineograph.editor")
    assert replay.ask("__kineograph.trace.events") == told
    expect(replay.current_tile).to_have_attribute("id", "pass-2")
    expect(replay.inspector.locator(".details-head")).to_contain_text("exp")
    expect(replay.inspector.locator(".katex").first).to_be_visible()
    expect(replay.editor).to_contain_text("d = a * b + 1")
    replay.button("Step back").click()
    page.keyboard.press("End")
    expect(replay.output).to_contain_text("</script><b>bold")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(replay.page.locator(".run, .start")).to_have_count(0)
    assert violations(replay) == []
    assert [url for url in asked if not url.startswith(("data:", "blob:", file.as_uri()))] == []
    assert complaints == []
    context.close()
