"""The editor helps to write a script."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Open


def test_names_of_torch_are_offered_with_what_they_do(open_page: Open) -> None:
    bench = open_page()
    bench.type_script("import torch\nfrom torch import nn\nlayer = ")
    bench.page.keyboard.type("nn.Linea")
    first = bench.page.locator(".cm-tooltip-autocomplete [aria-selected]")
    expect(first).to_contain_text("Linear(in_features, out_features, bias=True")
    expect(bench.page.locator(".cm-completionInfo")).to_contain_text("in_features")
    bench.page.wait_for_timeout(100)  # the editor takes no choice made within 75 ms of its list
    bench.page.keyboard.press("Enter")
    expect(bench.editor).to_contain_text("layer = nn.Linear")
