"""The page as its user handles it: type, run, step, look."""

from __future__ import annotations

import re
import time
from typing import Any

from playwright.sync_api import Locator, Page, expect

RUNNING = 20_000  # milliseconds a script of these tests may take


class Workbench:
    """One visitor's page. What can be read from the screen is read from the screen; ``ask`` looks into the model."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.may_complain = False  #: a test that makes requests fail expects the browser to log them

    def open(self, path: str = "/") -> None:
        self.page.goto(self.address + path)
        self.wait_until("window.__kineograph?.editor && window.__kineograph?.stage")

    # ------------------------------------------------------------------------------------------ places

    @property
    def editor(self) -> Locator:
        return self.page.locator(".cm-content")

    @property
    def status(self) -> Locator:
        return self.page.locator(".status")

    @property
    def inspector(self) -> Locator:
        return self.page.locator("#panel-inspect")

    @property
    def output(self) -> Locator:
        return self.page.locator("#panel-output")

    @property
    def problem(self) -> Locator:
        return self.page.locator(".problem")

    @property
    def tiles(self) -> Locator:
        return self.page.locator(".passes .tile")

    @property
    def current_tile(self) -> Locator:
        return self.page.locator(".passes .tile[aria-selected=true]")

    @property
    def slider(self) -> Locator:
        return self.page.get_by_role("slider", name="Time")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    # ------------------------------------------------------------------------------------------ doing

    def type_script(self, code: str) -> None:
        """Replaces what is in the editor, by keyboard."""
        self.editor.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(code)

    def run(self) -> None:
        """Presses Run and waits until the script has ended, and the page knows."""
        self.page.locator(".topbar .run").click()
        self.wait_ended()

    def wait_ended(self) -> None:
        expect(self.page.locator(".topbar .run")).to_have_text("Run", timeout=RUNNING)
        self.wait_until("__kineograph.trace.end || __kineograph.session.problem.value")

    def run_script(self, code: str) -> None:
        self.type_script(code)
        self.run()
        self.to_end()

    def to_end(self) -> None:
        """Stands at the end of the run."""
        self.ask("__kineograph.clock.seek(__kineograph.clock.length.value)")

    def select(self, name: str, line: int | None = None) -> None:
        """Selects an op by name (and line) on the page on show, through the outline."""
        outline = self.page.get_by_role("button", name="Outline")
        if outline.get_attribute("aria-pressed") != "true":
            outline.click()
        rows = self.page.get_by_role("treeitem").filter(has_text=name)
        if line is not None:
            rows = rows.filter(has=self.page.locator(".tree-line", has_text=re.compile(rf"^line {line}$")))
        rows.first.click()

    # ------------------------------------------------------------------------------------------ looking

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page."""
        return self.page.evaluate(expression)

    def wait_until(self, expression: str) -> None:
        """Waits for a JavaScript expression to become true. The page's policy forbids it to do so by itself."""
        deadline = time.monotonic() + RUNNING / 1000
        while not self.ask(f"Boolean({expression})"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{expression} stayed false for {RUNNING / 1000:.0f} s")
            time.sleep(0.02)

    @property
    def position(self) -> int:
        return int(self.ask("__kineograph.clock.position.value"))

    @property
    def lit_line(self) -> str | None:
        """The text of the line that is lit, if one is."""
        line = self.page.locator(".k-lit")
        return line.first.inner_text() if line.count() else None

    def overflow(self) -> int:
        """By how many px the page is wider than its window."""
        return int(self.ask("document.documentElement.scrollWidth - innerWidth"))
