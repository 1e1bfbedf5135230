"""How the recorder knows tensors: ids that can be read and derived, and names that the author would recognise."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType
from typing import Any

from engine.recorder import schema as s
from engine.recorder.schema import LeafKind
from engine.tensor import Tensor


class Ref:
    """A tensor's (or an op's) identity in a run; a tensor carries it as its ``tag``."""

    __slots__ = ("id", "index", "name", "output", "page", "told", "update", "version")

    def __init__(self, id: str, page: int, index: int, output: int = 0, *, update: bool = False) -> None:
        self.id = id
        self.page = page  #: of the op that made it; 0 for a tensor that no recorded op made
        self.index = index  #: of that op within the page; -1 for a tensor that no recorded op made
        self.output = output
        self.update = update  #: a gradient, or computed from gradients: ops that read it update parameters
        self.name: str | None = None
        self.version = 0  #: how often it was written in place
        self.told = True  #: viewers have been told about it


def output_ref(page: int, index: int, output: int, *, update: bool = False) -> Ref:
    """The identity of an op's output."""
    return Ref(output_id(page, index, output), page, index, output, update=update)


def output_id(page: int, index: int, output: int = 0) -> str:
    """``"3.12"``, or ``"3.12.1"`` for a further output."""
    return f"{page}.{index}.{output}" if output else f"{page}.{index}"


class Names:
    """Names of parameters and buffers, by the path that leads to them from a variable: ``model.layers.0.weight``."""

    def __init__(self) -> None:
        self._by_tensor: dict[int, str] = {}
        self._modules: dict[int, Any] = {}  #: held, so that an id is not used for another object

    def learn(self, module: Any, variable: str | None) -> None:
        """Takes down the names of everything in a module."""
        if id(module) in self._modules:
            return
        self._modules[id(module)] = module
        prefix = f"{variable}." if variable else ""
        for named in (module.named_parameters, module.named_buffers):
            for path, tensor in named():
                self._by_tensor.setdefault(id(tensor), prefix + path)

    def parameters(self) -> Iterator[tuple[Tensor, str]]:
        """Every parameter of the known modules that wants a gradient, with its name."""
        for module in self._modules.values():
            for _, tensor in module.named_parameters():
                if tensor.node is not None:
                    yield tensor, self._by_tensor.get(id(tensor), "")

    def of(self, tensor: Tensor) -> str | None:
        """The name of a parameter or buffer of a known module."""
        return self._by_tensor.get(id(tensor))


def leaf_kind(tensor: Tensor, ref: Ref, name: str | None) -> LeafKind:
    """What a tensor that no recorded op made is to the graph. ``name`` is its name in a module, if it is in one."""
    if ref.update:
        return "gradient"
    if tensor.node is not None:
        return "parameter"
    if tensor.base is not None and tensor.base.tag is not None:
        return "detached"
    if name is not None:
        return "buffer"
    return "constant" if tensor.data_.ndim == 0 else "input"


def variable(wanted: Any, frames: list[FrameType]) -> str | None:
    """The variable (or attribute of ``self``) that holds an object, in the innermost of these frames that has one."""
    for frame in frames:
        found = frame.f_locals
        for name, value in found.items():
            if value is wanted and not name.startswith("_") and name != "self":
                return name
        for name, value in getattr(found.get("self"), "__dict__", {}).items():
            if value is wanted:
                return f"self.{name}"
    return None


def reads_gradient(inputs: tuple[Any, ...]) -> bool:
    """Whether one of an op's inputs is a gradient or was computed from one."""
    return any(x.tag.update for x in inputs if isinstance(x, Tensor) and x.tag is not None)


def plain(value: Any) -> Any:
    """A static argument or Python scalar as JSON."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return s.number(float(value))
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, slice):
        parts = [value.start, value.stop] + ([] if value.step is None else [value.step])
        return ":".join("" if part is None else str(part) for part in parts)
    if value is Ellipsis:
        return "..."
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return str(value)
