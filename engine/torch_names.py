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

#: torch's modules that are here under the same name
MODULES = {
    "accelerator", "amp", "autograd", "autograd.function", "autograd.functional", "autograd.graph", "backends", "cuda",
    "distributions",
    "func", "jit", "linalg", "nn", "nn.functional", "nn.init", "nn.parameter", "nn.utils", "nn.utils.rnn", "optim",
    "onnx", "optim.lr_scheduler", "optim.optimizer", "random", "serialization", "special", "testing", "utils", "utils.data",
}  # fmt: skip

#: torch's modules (and those below them) whose contents are elsewhere here
ALIASES = {
    "autograd.variable": "autograd", "cuda.amp": "amp", "distributions": "distributions", "functional": "", "nn.modules": "nn",
    "nn.utils.clip_grad": "nn.utils", "nn.utils.parametrizations": "nn.utils", "optim": "optim", "types": "",
    "utils.data": "utils.data",
}  # fmt: skip

#: TensorFlow's modules, in the shape of its first version
TENSORFLOW = {
    "tensorflow": "engine.tf", "tensorflow.compat": "engine.tf.compat", "tensorflow.compat.v1": "engine.tf",
    "tensorflow.nn": "engine.tf.nn", "tensorflow.train": "engine.tf.train",
}  # fmt: skip

#: torch's modules that are not here, and what to do without them
ABSENT_PARTS = {
    "distributed": "One process runs the script: leave out init_process_group and DistributedDataParallel.",
    "multiprocessing": "One process runs the script.",
    "utils.tensorboard": "The page draws losses and values by itself; print what else you want to see.",
    "fft": "Try a product with a matrix of sines and cosines, or numpy.fft outside autograd.",
    "fx": "The page shows the graph while it runs; there is no symbolic tracing.",
    "profiler": "The page shows each op's time.",
    "hub": "Nothing can be downloaded: build the model from torch.nn layers.",
    "sparse": "Use dense tensors.",
    "quantization": "Use float32.",
    "ao": "Use float32.",
    "utils.checkpoint": "Call the function itself: y = f(x).",
}

#: packages that scripts often import beside torch, and what to do without them
ABSENT = {
    "torchvision": "Make the data in the script (torch.rand, a drawn shape), and build the model from torch.nn layers.",
    "torchaudio": "Make the signal in the script, for example torch.sin(torch.arange(...)).",
    "torchtext": "Write the words in the script, and number them with a dict.",
    "torchviz": "The page draws the graph by itself.",
    "lightning": "Write the training loop out: zero_grad, forward, loss.backward(), step.",
    "pytorch_lightning": "Write the training loop out: zero_grad, forward, loss.backward(), step.",
    "transformers": "Build the model from torch.nn layers: nn.TransformerEncoder, nn.MultiheadAttention.",
    "matplotlib": "Print the numbers instead: the page draws losses and values by itself.",
    "seaborn": "Print the numbers instead: the page draws losses and values by itself.",
    "pandas": "Write the numbers as lists, or make them with numpy.",
    "scipy": "Try torch.linalg or numpy.linalg.",
    "sklearn": "Make the data with torch or numpy: two moons are a few lines of sin and cos.",
    "keras": "This page runs PyTorch scripts: write `import torch`.",
    "jax": "This page runs PyTorch scripts: write `import torch`.",
    "wandb": "The page draws losses and values by itself.",
    "tqdm": "Loop plainly: `for i in range(n)`.",
}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``torch.a.b`` as ``engine.a.b``, and says what to try where there is no such thing."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        if name.startswith("tensorflow.") and name not in TENSORFLOW:
            raise ModuleNotFoundError(
                f"No module named '{name}' here: of TensorFlow there is the shape of version 1, placeholders, variables and "
                "sessions. Import tensorflow, or write the model with torch.nn.",
                name=name,
            )
        if _is_torch(name) or name in TENSORFLOW:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        torch = _is_torch(spec.name)
        module = _module(spec.name[len("torch.") :]) if torch else importlib.import_module(TENSORFLOW[spec.name])
        spec.loader_state = module.__spec__  # Python is about to write the alias's over it
        return module

    def exec_module(self, module: ModuleType) -> None:
        """The module is one of ours and has run; it keeps its own name."""
        spec = module.__spec__
        if spec is not None and spec.loader is self:
            module.__spec__ = spec.loader_state


def _module(name: str) -> ModuleType:
    """Our module for torch's ``name`` (without ``torch.``). Raises ``ModuleNotFoundError``, with what to try."""
    if not name:
        return importlib.import_module("engine")
    if name in MODULES:
        return importlib.import_module(f"engine.{name}")
    parent, _, last = name.rpartition(".")
    if parent in MODULES and isinstance(
        found := getattr(importlib.import_module(f"engine.{parent}"), last, None), ModuleType
    ):
        return found
    alias = next((a for a in sorted(ALIASES, key=len, reverse=True) if name == a or name.startswith(f"{a}.")), None)
    if alias is not None:
        return importlib.import_module(f"engine.{ALIASES[alias]}".rstrip("."))
    tip = next((t for a, t in ABSENT_PARTS.items() if name == a or name.startswith(f"{a}.")), None)
    raise ModuleNotFoundError(
        f"No module named 'torch.{name}' here: this engine has the parts of PyTorch that tensors, autograd, nn, optim and "
        "utils.data are. " + (tip or "Try without it, or write what you need with torch.nn."),
        name=f"torch.{name}",
    )


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
    ours = [n for n in sys.modules if _is_torch(n) or n in TENSORFLOW]
    for name in [n for n in ours if getattr(sys.modules[n], "__name__", "").startswith("engine")]:
        del sys.modules[name]


@contextmanager
def installed() -> Iterator[None]:
    """``import torch`` means this engine inside the block; what it meant before comes back after it."""
    kept = {n: m for n, m in sys.modules.items() if _is_torch(n) or n in TENSORFLOW}
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
