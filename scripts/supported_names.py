"""Writes docs/supported.md: every name of torch that scripts find here. ``python scripts/supported_names.py``"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import engine  # noqa: E402 - found beside this folder
from engine import torch_names  # noqa: E402
from engine.tensor import Tensor  # noqa: E402

PAGE = ROOT / "docs" / "supported.md"

#: torch's module → ours
PARTS: dict[str, Any] = {
    "torch": engine, "torch.nn": engine.nn, "torch.nn.functional": engine.nn.functional, "torch.nn.init": engine.nn.init,
    "torch.nn.utils": engine.nn.utils, "torch.optim": engine.optim, "torch.optim.lr_scheduler": engine.optim.lr_scheduler,
    "torch.utils.data": engine.utils.data, "torch.autograd": engine.autograd,
    "torch.autograd.functional": engine.autograd.functional,
    "torch.func": engine.func, "torch.linalg": engine.linalg, "torch.special": engine.special,
    "torch.distributions": engine.distributions, "torch.cuda": engine.cuda,
}  # fmt: skip

HEAD = """# What of PyTorch is here

Made by `python scripts/supported_names.py`. A name that is missing raises an error that says what is near.
"""


def offered(module: ModuleType) -> list[str]:
    """Names that a script may use, in order; modules and what was imported for typing are left out."""
    listed = getattr(module, "__all__", None) or [n for n in vars(module) if n[0] != "_"]
    return sorted((n for n in set(listed) if _is_offered(module, n)), key=lambda n: (n.lower(), n))


def _is_offered(module: ModuleType, name: str) -> bool:
    value = getattr(module, name, None)
    if isinstance(value, (ModuleType, dict)) or name in ("annotations", "Any", "TYPE_CHECKING", "ROOT"):
        return False
    home = getattr(value, "__module__", None) or ""
    return not (inspect.isfunction(value) or inspect.isclass(value)) or home.startswith(("engine", "torch"))


def page() -> str:
    """The page's text."""
    methods = sorted(n for n in dir(Tensor) if n[0] != "_" and n not in ("data_", "base", "node", "tag"))
    sections = [(name, offered(module)) for name, module in PARTS.items()]
    sections.insert(1, ("torch.Tensor", methods))
    body = [f"\n## {name} ({len(names)})\n\n{', '.join(f'`{n}`' for n in names)}\n" for name, names in sections]
    missing = [f"| `torch.{name}` | {tip} |" for name, tip in torch_names.ABSENT_PARTS.items()]
    absent = "\n## Not here\n\n| module | instead |\n| --- | --- |\n" + "\n".join(missing) + "\n"
    return HEAD + "".join(body) + absent


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))
