"""The editor helps to write a script."""

from __future__ import annotations

from pathlib import Path

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


def test_script_is_saved_as_a_file_and_opened_from_one(open_page: Open, tmp_path: Path) -> None:
    bench = open_page()
    bench.type_script("x = 'from the page'\n")
    with bench.page.expect_download() as download:
        bench.page.locator(".code-files").get_by_role("button", name="Save as a file").click()
    assert download.value.suggested_filename == "script.py"
    assert download.value.path().read_text(encoding="utf-8") == "x = 'from the page'\n"
    file = tmp_path / "mine.py"
    file.write_text("y = '파일에서'\n", encoding="utf-8")
    with bench.page.expect_file_chooser() as chooser:
        bench.button("Open a file").click()
    chooser.value.set_files(file)
    expect(bench.editor).to_contain_text("y = '파일에서'")
