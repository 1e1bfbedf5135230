"""Loading a state dict: which keys are missing, unexpected, or of another shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.tensor import Tensor, write

if TYPE_CHECKING:
    from engine.nn.module import Module


class IncompatibleKeys(NamedTuple):
    """What did not fit."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def load_state(module: Module, state: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """See :meth:`engine.nn.Module.load_state_dict`."""
    if not isinstance(state, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state)}.")
    problems: list[str] = []
    missing: list[str] = []
    known: set[str] = set()
    for path, owner in module.named_modules(remove_duplicate=False):
        prefix = f"{path}." if path else ""
        for name, tensor in [*owner._parameters.items(), *owner._buffers.items()]:
            if tensor is None or name in owner._non_persistent_buffers_set:
                continue
            key = prefix + name
            known.add(key)
            if key not in state:
                missing.append(key)
                continue
            problem = _load(owner, name, tensor, key, state[key], assign)
            if problem:
                problems.append(problem)
    unexpected = [key for key in state if key not in known]
    if strict and unexpected:
        problems.insert(0, f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
    if strict and missing:
        problems.insert(0, f"Missing key(s) in state_dict: {_quoted(missing)}. ")
    if problems:
        raise RuntimeError(
            "Error(s) in loading state_dict for {}:\n\t{}".format(type(module).__name__, "\n\t".join(problems))
        )
    return IncompatibleKeys(missing, unexpected)


def _load(owner: Module, name: str, target: Tensor, key: str, given: Any, assign: bool) -> str | None:
    if not isinstance(given, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint '
            f"but received {type(given)}"
        )
    if given.shape != target.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, "
            f"the shape in current model is {target.shape}."
        )
    if assign:
        kind = type(target)
        setattr(owner, name, kind(given, target.requires_grad) if name in owner._parameters else given)
    else:
        write(target, target.device.from_host(given.device.to_host(given.data_)))
    return None


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{k}"' for k in keys)
