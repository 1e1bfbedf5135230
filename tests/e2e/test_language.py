"""The page in Korean and English: by the browser's wish, and by the reader's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Open, Server
from tests.e2e.workbench import Workbench


@pytest.fixture
def korean(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="ko-KR")
    page = context.new_page()
    page.set_default_timeout(10_000)
    Workbench(page, server.address).open()
    yield page
    context.close()


def test_a_korean_browser_gets_korean_and_may_have_english(korean: Page) -> None:
    expect(korean.locator("html")).to_have_attribute("lang", "ko")
    expect(korean.locator(".status")).to_have_text("준비됨")
    korean.locator(".topbar .run").click()
    expect(korean.locator(".status")).to_have_text("완료", timeout=20_000)
    expect(korean.locator("#panel-inspect")).to_contain_text("선택한 것이 없습니다")
    korean.wait_for_url("**/runs/*")
    address = korean.url
    korean.get_by_role("button", name="언어: English").click()
    expect(korean.locator("html")).to_have_attribute("lang", "en")
    expect(korean.locator(".status")).to_have_text("Finished")
    assert korean.url.split("#")[0] == address.split("#")[0], "the run stays on the page"
    korean.reload()
    expect(korean.locator("html")).to_have_attribute("lang", "en")


def test_an_english_browser_gets_english_and_may_have_korean(open_page: Open) -> None:
    bench = open_page()
    expect(bench.page.locator("html")).to_have_attribute("lang", "en")
    bench.page.get_by_role("button", name="Language: 한국어").click()
    expect(bench.page.locator("html")).to_have_attribute("lang", "ko")
    expect(bench.page.locator(".topbar .run")).to_have_text("실행")
