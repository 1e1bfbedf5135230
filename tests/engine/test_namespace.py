"""``import torch``: which names there are, what is said of others, and scripts that run under them."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

import engine
from engine import script, torch_names

torch: Any = engine  # scripts are not typed either


def test_torch_means_the_engine_and_then_no_more() -> None:
    with torch_names.installed():
        import torch
        import torch.nn.functional as functional
        from torch.autograd import Variable  # noqa: F401
        from torch.nn.modules.loss import MSELoss  # noqa: F401
        from torch.optim.adam import Adam  # noqa: F401
        from torch.utils.data import DataLoader  # noqa: F401

        assert torch is engine
        assert functional is engine.nn.functional
    assert not any(name == "torch" or name.startswith("torch.") for name in sys.modules)
    assert engine.__spec__ is not None
    assert engine.__spec__.name == "engine"


@pytest.mark.parametrize(
    ("name", "tip"),
    [
        ("torchvision", "Make the data in the script"),
        ("matplotlib.pyplot", "Print the numbers"),
        ("torch.distributed", "One process"),
        ("torch.utils.tensorboard", "The page draws"),
        ("torch.foo", "Try without it"),
        ("torch.recorder", "Try without it"),  # an engine's room is no module of torch
    ],
)
def test_a_module_that_is_not_there_says_what_to_try(name: str, tip: str) -> None:
    with torch_names.installed(), pytest.raises(ModuleNotFoundError, match=tip):
        __import__(name)


def test_a_name_that_is_not_there_says_what_is_near() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'zeroes'.*torch\.zeros"):
        engine.zeroes  # noqa: B018
    assert not hasattr(engine, "__path_that_is_not__")


def test_faces_answer_isinstance_and_make_tensors() -> None:
    x = torch.ones(2)
    assert isinstance(x, torch.Tensor) and isinstance(x, torch.FloatTensor) and not isinstance(x, torch.LongTensor)
    assert not isinstance([1], torch.Tensor)
    assert isinstance(torch.nn.Parameter(x), torch.Tensor)
    assert torch.LongTensor([1, 2]).dtype is torch.int64
    assert torch.Tensor(2, 3).shape == (2, 3)
    assert torch.Tensor([1, 2]).dtype is torch.float32
    assert isinstance(x.device, torch.device)
    assert type(x) == torch.Tensor  # noqa: E721 - as scripts ask


def run(path: Path, *argv: str) -> None:
    script.execute(str(path), list(argv))


def test_a_script_is_main_with_its_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "beside.py").write_text("value = 5")
    path = tmp_path / "main.py"
    path.write_text(
        "import sys, torch, beside\nprint(__name__, sys.argv[1:], beside.value, torch.ones(2))\nclass A: ...\nprint(A.__module__)"
    )
    before = sys.modules["__main__"], sys.argv, sys.path[:]
    run(path, "--x", "1")
    assert capsys.readouterr().out == "__main__ ['--x', '1'] 5 tensor([1., 1.])\n__main__\n"
    assert (sys.modules["__main__"], sys.argv, sys.path) == before
    sys.modules.pop("beside", None)


def test_what_a_script_raises_is_raised_with_its_lines(tmp_path: Path) -> None:
    import traceback

    path = tmp_path / "broken.py"
    path.write_text("import torch\n\ntorch.ones(2) @ torch.ones(3)\n")
    with pytest.raises(RuntimeError) as caught:
        run(path)
    assert "torch.ones(2) @ torch.ones(3)" in "".join(traceback.format_exception(caught.value))
    path.write_text("raise SystemExit(3)")
    with pytest.raises(SystemExit) as left:
        run(path)
    assert left.value.code == 3
    path.write_text("def f(:")
    with pytest.raises(SyntaxError):
        run(path)


def test_compiled_source_can_be_shown_in_tracebacks() -> None:
    import linecache

    code = script.compile_source("x = 1\ny = x + 1\n", "<the script>")
    assert isinstance(code, types.CodeType)
    assert linecache.getline("<the script>", 2) == "y = x + 1\n"


def test_settings_are_read_back() -> None:
    engine.set_num_threads(3)
    assert engine.get_num_threads() == 3
    assert not engine.cuda.is_available() or engine.cuda.device_count() > 0
    torch.backends.cudnn.benchmark = True
    assert torch.backends.cudnn.benchmark
    assert not engine.backends.mps.is_available()


def test_importing_the_engine_needs_numpy_alone() -> None:
    """No server, no GPU library, no torch comes along."""
    guests = "('torch', 'cupy', 'fastapi', 'server', 'msgspec')"
    listed = f"import sys, engine; print([n for n in sys.modules if n.split('.')[0] in {guests}])"
    found = subprocess.run(
        [sys.executable, "-c", listed], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert found.stdout.strip() == "[]"


def test_every_name_that_the_page_lists_is_there() -> None:
    page = (Path(__file__).parents[2] / "docs" / "supported.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (torch\S*) \(\d+\)\n\n(.+)$", page, re.MULTILINE)
    assert len(sections) > 10
    for section, names in sections:
        found: Any = engine
        for part in section.split(".")[1:]:
            found = getattr(found, part)
        missing = [n for n in re.findall(r"`(\w+)`", names) if not hasattr(found, n)]
        assert not missing, f"{section}: {missing}; run scripts/supported_names.py"


def test_names_that_the_editor_offers_are_those_of_the_engine() -> None:
    root = Path(__file__).parents[2]
    written = runpy.run_path(str(root / "scripts" / "supported_names.py"))
    assert written["COMPLETIONS"].read_text(encoding="utf-8") == written["completions"](), "run `make generate`"
