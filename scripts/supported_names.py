"""Writes docs/supported.md, every name of torch that scripts find here, and the same names with a line of documentation
each for the editor's completion. ``python scripts/supported_names.py``
"""

from __future__ import annotations

import inspect
import json
import re
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
#: what the editor offers: module → name → kind, arguments, the first line of its documentation
COMPLETIONS = ROOT / "frontend" / "src" / "ui" / "editor" / "names.json"

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


def methods() -> list[str]:
    """Names of a tensor."""
    return sorted(n for n in dir(Tensor) if n[0] != "_" and n not in ("data_", "base", "node", "tag"))


def sections() -> list[tuple[str, Any, list[str]]]:
    """torch's name for each part, ours, and what is in it."""
    found = [(name, module, offered(module)) for name, module in PARTS.items()]
    return [found[0], ("torch.Tensor", Tensor, methods()), *found[1:]]


def page() -> str:
    """The page's text."""
    body = [f"\n## {part} ({len(names)})\n\n{', '.join(f'`{n}`' for n in names)}\n" for part, _, names in sections()]
    missing = [f"| `torch.{name}` | {tip} |" for name, tip in torch_names.ABSENT_PARTS.items()]
    absent = "\n## Not here\n\n| module | instead |\n| --- | --- |\n" + "\n".join(missing) + "\n"
    return HEAD + "".join(body) + absent


def completions() -> str:
    """What the editor offers, as JSON: a line per part, so that a change shows where it is."""
    lines = [
        f"{json.dumps(part)}: {json.dumps({n: _entry(getattr(home, n)) for n in names}, ensure_ascii=False)}"
        for part, home, names in sections()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _entry(value: object) -> list[str]:
    """Kind, arguments, the first line of the documentation."""
    kind = "class" if inspect.isclass(value) else "function" if callable(value) else "property"
    if kind == "property" and not isinstance(value, property):
        return ["constant", "", ""]
    lines = (inspect.getdoc(value) or "").strip().splitlines()
    says = re.sub(r":\w+:|`", "", lines[0]) if lines else ""
    return [kind, _arguments(value) if kind != "property" else "", says]


def _arguments(value: Any) -> str:
    """``(input, dim=None)``; empty where Python cannot tell."""
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return ""
    spread = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    named = [each for each in parameters if each.name != "self" and each.kind not in spread]
    return f"({', '.join(each.name + _default(each) for each in named)})" if named else ""


def _default(parameter: inspect.Parameter) -> str:
    """``=0.1``; empty where there is none, or where it takes more than a few letters to say."""
    text = repr(parameter.default)
    return "" if parameter.default is parameter.empty or len(text) > 24 or " at 0x" in text else f"={text}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    COMPLETIONS.write_text(completions(), encoding="utf-8")
    print(PAGE.relative_to(ROOT), COMPLETIONS.relative_to(ROOT))
