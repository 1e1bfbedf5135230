"""Every ``xp.<name>`` that the engine's kernels use is a name of CuPy 14's, and no kernel reaches for NumPy itself."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from pathlib import Path

import pytest

import engine.ops
from engine.op import OPS, Op
from tests.engine.table import cases
from tests.standin import SURFACE

ROOMS = [Path(engine.ops.__path__[0]) / f"{m.name}.py" for m in pkgutil.iter_modules(engine.ops.__path__)]
CASES = cases()  # importing every room declares every op

#: attributes of modules, by the dotted name in front of them
_KNOWN = {
    "xp": {*SURFACE["top"], "ndarray", "linalg", "lib"},
    "xp.linalg": set(SURFACE["linalg"]),
    "xp.lib": {"stride_tricks"},
    "xp.lib.stride_tricks": {"sliding_window_view", "as_strided"},
    "xp.add": {"at"},
    "xp.maximum": {"at"},
    "xp.minimum": {"at"},
    "xp.subtract": {"at"},
}


def problems(tree: ast.AST) -> list[str]:
    """The lines that use a name of ``xp``'s which CuPy has not."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            if owner in _KNOWN and node.attr not in _KNOWN[owner]:
                found.append(f"line {node.lineno}: {owner}.{node.attr} is not in CuPy {SURFACE['version']}")
    return found


@pytest.mark.parametrize("room", ROOMS, ids=lambda p: p.stem)
def test_names_exist_in_cupy(room: Path) -> None:
    assert problems(ast.parse(room.read_text())) == []


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_a_forward_uses_xp_alone(op: Op) -> None:
    source = inspect.getsource(op.forward)
    tree = ast.parse(source[source.index("def ") :] if source.lstrip().startswith("@") else source.strip())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "np":
            # host arithmetic on Python numbers and shapes is allowed, through these:
            assert node.attr in {"prod", "lcm", "gcd", "dtype"}, f"{op.name}: np.{node.attr} in a forward; use xp"


@pytest.mark.parametrize(
    "line", ["xp.errstate()", "xp.linalg.multi_dot([a])", "xp.divide.at(a, i, b).x + xp.geomspace(1)"]
)
def test_the_lint_finds_what_is_missing(line: str) -> None:
    assert problems(ast.parse(line))
