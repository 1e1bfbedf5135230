"""``import torch`` in a script means this engine: an import hook that maps torch's module names to ours."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

#: packages that scripts often import beside torch, and what to do without them
ABSENT = {
    "torchvision": "Make the data in the script (torch.rand, a drawn shape), and build the model from torch.nn layers.",
    "torchaudio": "Make the signal in the script, for example torch.sin(torch.arange(...)).",
    "matplotlib": "Print the numbers instead: the page draws losses and values by itself.",
    "pandas": "Write the numbers as lists, or make them with numpy.",
    "sklearn": "Make the data with torch or numpy: two moons are a few lines of sin and cos.",
    "tensorflow": "This page runs PyTorch scripts: write `import torch`.",
    "tqdm": "Loop plainly: `for i in range(n)`.",
}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``torch.a.b`` as ``engine.a.b``, and says what to try where there is no such thing."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        if name == "torch" or name.startswith("torch."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        ours = "engine" + spec.name[len("torch") :]
        try:
            return importlib.import_module(ours)
        except ModuleNotFoundError as error:
            if error.name is None or not ours.startswith(error.name):
                raise
            raise ModuleNotFoundError(
                f"No module named '{spec.name}' here: this engine has the parts of PyTorch that tensors, autograd, nn, optim and "
                "utils.data are. Try without it, or write what you need with torch.nn.",
                name=spec.name,
            ) from None

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to do: the module is one of ours and has run."""


class _Absent(importlib.abc.MetaPathFinder):
    """Comes last: words the error for packages that are known and not there."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        tip = ABSENT.get(name)
        if tip is None:
            return None
        raise ModuleNotFoundError(f"No module named '{name}' here. {tip}", name=name)


_finder = _Finder()
_absent = _Absent()


def install() -> None:
    """From now on ``import torch`` means this engine."""
    uninstall()
    sys.meta_path.insert(0, _finder)
    sys.meta_path.append(_absent)


def uninstall() -> None:
    """``import torch`` means torch again; the names that scripts imported are forgotten."""
    for finder in (_finder, _absent):
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
    for name in [n for n, m in sys.modules.items() if _is_torch(n) and getattr(m, "__name__", "").startswith("engine")]:
        del sys.modules[name]


@contextmanager
def installed() -> Iterator[None]:
    """``import torch`` means this engine inside the block; what it meant before comes back after it."""
    kept = {n: m for n, m in sys.modules.items() if _is_torch(n)}
    for name in kept:
        del sys.modules[name]
    install()
    try:
        yield
    finally:
        uninstall()
        sys.modules.update(kept)


def _is_torch(name: str) -> bool:
    return name == "torch" or name.startswith("torch.")
