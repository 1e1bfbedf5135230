"""The optimizers' common part: parameter groups, state, one step over all parameters.

An optimizer is a table of defaults and one op that computes a parameter's new value from its gradient. The op is
written into the parameter in place, so observers see one ``update`` op per parameter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from engine import observe
from engine.mode import enable_grad, no_grad
from engine.op import Op, apply_inplace
from engine.tensor import Tensor


class Optimizer:
    """Base of all optimizers.

    ``params`` are tensors, ``(name, tensor)`` pairs, or groups: dicts with ``params`` and options of their own.
    Raises ``ValueError`` for no parameters or one that appears twice, ``TypeError`` for something that is no tensor.
    """

    #: computes the new value from (parameter, gradient); the group's options and ``_state`` are its attributes
    rule: Op

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                "but got torch.FloatTensor"
            )
        self.defaults = defaults
        self.state: dict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        given = list(params)
        if not given:
            raise ValueError("optimizer got an empty parameter list")
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Adds parameters with options of their own; what the group leaves out comes from the defaults."""
        members = group["params"]
        listed = [members] if isinstance(members, Tensor) else list(members)
        tensors = [p[1] if isinstance(p, tuple) else p for p in listed]
        for p in tensors:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if len({id(p) for p in tensors} | known) < len(tensors) + len(known):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append({**self.defaults, **group, "params": tensors})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Takes the gradients away (or fills them with zeros)."""
        clear_grads(self._parameters(), set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient. ``closure`` computes the loss anew; its result is returned."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad(), observe.Scope("optimizer", type(self).__name__, self):
            for group in self.param_groups:
                options = {name: group[name] for name in self.rule.attributes if name != "_state"}
                for p in group["params"]:
                    if p._grad is not None:
                        options["_state"] = self.state[p]
                        apply_inplace(self.rule, p, (p, p._grad), dict(options))
        return loss

    def state_dict(self) -> dict[str, Any]:
        """State and groups, with parameters numbered in order."""
        number = {id(p): i for i, p in enumerate(self._parameters())}
        return {
            "state": {number[id(p)]: dict(s) for p, s in self.state.items()},
            "param_groups": [
                {**{k: v for k, v in g.items() if k != "params"}, "params": [number[id(p)] for p in g["params"]]}
                for g in self.param_groups
            ],
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Takes over what :meth:`state_dict` gave. Raises ``ValueError`` when groups or their sizes differ."""
        saved = deepcopy(saved)
        if len(saved["param_groups"]) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        for ours, theirs in zip(self.param_groups, saved["param_groups"], strict=True):
            if len(ours["params"]) != len(theirs["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
                )
            ours.update({k: v for k, v in theirs.items() if k != "params"})
        parameters = list(self._parameters())
        self.state.clear()
        self.state.update({parameters[int(i)]: s for i, s in saved["state"].items()})

    def _parameters(self) -> Iterable[Tensor]:
        return (p for group in self.param_groups for p in group["params"])

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


def clear_grads(tensors: Iterable[Tensor], set_to_none: bool) -> None:
    """Takes the gradients of tensors away (or fills them with zeros); observers are told once for all of them."""
    cleared = [t for t in tensors if t._grad is not None]
    for t in cleared:
        if set_to_none:
            t._grad = None
        else:
            t._grad.data_[...] = 0  # type: ignore[union-attr]
    if cleared:
        for observer in observe.active:
            observer.on_clear(cleared)


def require(condition: bool, what: str, value: Any) -> None:
    """Raises torch's ``ValueError`` for an option out of its range."""
    if not condition:
        raise ValueError(f"Invalid {what}: {value}")
