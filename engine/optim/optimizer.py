"""What all optimizers share: groups of parameters, state per parameter, and one in-place op per parameter and step."""

from __future__ import annotations

import copy
import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from engine import observe
from engine.mode import enable_grad, mode, no_grad
from engine.node import Handle
from engine.op import OPS, apply_inplace
from engine.tensor import Tensor, write

Group = dict[str, Any]
State = dict[str, Any]
required = object()  #: as a default: the option must be given


def clear_grads(parameters: Iterable[Any], set_to_none: bool) -> None:
    """Takes gradients away (observers are told once for all), or makes them zero."""
    parameters = list(parameters)
    given = [p for p in parameters if p._grad is not None]
    if set_to_none or not given:
        for observer in observe.active:
            observer.on_zero_grad(parameters)
    if not set_to_none:
        with no_grad():
            for p in given:
                p._grad.node = None
                p._grad.zero_()
        return
    for p in given:
        p._grad = None
    if given:
        for observer in observe.active:
            observer.on_clear(given)


def _observed(step: Callable[..., Any]) -> Callable[..., Any]:
    """``step`` with its hooks; observers see its ops as one scope."""

    @functools.wraps(step)
    def call(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        if self._stepping:  # a subclass' step calls its base's
            return step(self, *args, **kwargs)
        self._stepping = self._opt_called = True
        try:
            for hook in tuple(self._step_pre_hooks.values()):
                changed = hook(self, args, kwargs)
                args, kwargs = (args, kwargs) if changed is None else changed
            if not observe.active or mode.quiet:
                result = step(self, *args, **kwargs)
            else:
                with observe.Scope("optimizer", type(self).__name__, self):
                    result = step(self, *args, **kwargs)
            for hook in tuple(self._step_post_hooks.values()):
                hook(self, args, kwargs)
        finally:
            self._stepping = False
        return result

    return call


class Optimizer:
    """Base class of all optimizers.

    ``params`` is an iterable of parameters, of ``(name, parameter)`` pairs, or of dicts: groups with options of their own.
    Ours define :meth:`_update`; a script's own may override :meth:`step`.
    """

    _stepping = False
    _opt_called = False  #: schedulers warn when they step before the optimizer did

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _observed(cls.__dict__["step"])  # type: ignore[method-assign]

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got torch.FloatTensor. "
                "Try [parameter]."
            )
        self.defaults = defaults
        self.state: defaultdict[Any, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._step_pre_hooks: dict[int, Any] = {}
        self._step_post_hooks: dict[int, Any] = {}
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    # ------------------------------------------------------------------------------------------ parameters

    def add_param_group(self, param_group: Group) -> None:
        """Adds parameters with options of their own. Raises ``ValueError`` where a parameter is in another group already."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will "
                "change between runs. Please use a list instead."
            )
        given = [given] if isinstance(given, Tensor) else list(given)
        named = [p for p in given if isinstance(p, tuple)]
        if named and len(named) < len(given):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        if named:
            param_group["param_names"] = [name for name, _ in named]
        params = [p[1] if isinstance(p, tuple) else p for p in given]
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        if len({id(p) for p in params}) < len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=3)
        known = {id(p) for group in self.param_groups for p in group["params"]}
        if any(id(p) in known for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        param_group["params"] = params
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Takes the gradients of all parameters away (or makes them zero)."""
        clear_grads((p for group in self.param_groups for p in group["params"]), set_to_none)

    # ------------------------------------------------------------------------------------------ stepping

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Moves every parameter that has a gradient. ``closure`` computes the loss (and its gradients) anew and returns it."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p._grad is not None:
                        self._update(p, p._grad, group, self.state[p])
        return loss

    def _update(self, p: Any, grad: Any, group: Group, state: State) -> None:
        """Moves one parameter."""
        raise NotImplementedError(f"{type(self).__name__} must define step()")

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """``hook(optimizer, args, kwargs)`` runs before every step; may return other ``(args, kwargs)``."""
        return Handle(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """``hook(optimizer, args, kwargs)`` runs after every step."""
        return Handle(self._step_post_hooks, hook)

    # ------------------------------------------------------------------------------------------ saving

    def state_dict(self) -> dict[str, Any]:
        """State by the parameter's number, and the groups' options."""
        numbers = {id(p): k for k, p in enumerate(p for group in self.param_groups for p in group["params"])}
        groups = []
        for group in self.param_groups:
            kept = {name: value for name, value in group.items() if name != "params"}
            groups.append({**kept, "params": [numbers[id(p)] for p in group["params"]]})
        return {"state": {numbers.get(id(p), p): s for p, s in self.state.items() if s}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what :meth:`state_dict` gave. Raises ``ValueError`` where the groups do not fit."""
        saved = copy.deepcopy(state_dict["param_groups"])
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(saved, self.param_groups, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        by_number = {
            number: p
            for a, b in zip(saved, self.param_groups, strict=True)
            for number, p in zip(a["params"], b["params"], strict=True)
        }
        self.state = defaultdict(dict)
        for number, values in state_dict["state"].items():
            p = by_number.get(number, number)
            self.state[p] = {name: _taken_over(name, value, p) for name, value in values.items()}
        for mine, theirs in zip(self.param_groups, saved, strict=True):
            mine.update({name: value for name, value in theirs.items() if name != "params"})

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for k, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {k}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name not in ("params", "param_names")]
        return "\n".join([*lines, ")"])


Optimizer.step = _observed(Optimizer.step)  # type: ignore[method-assign]


def _taken_over(name: str, value: Any, p: Any) -> Any:
    """A copy of a saved value, on the parameter's device and (but for the step count) of its dtype."""
    if not isinstance(value, Tensor) or not isinstance(p, Tensor):
        return copy.deepcopy(value)
    array = value.device.to_host(value.data_)
    if name == "step":
        return Tensor(array.copy())
    return Tensor(p.device.from_host(array.astype(p.data_.dtype)), None, p.device)


# ------------------------------------------------------------------------------------------------ for the optimizers


def checked(**options: Any) -> None:
    """Raises torch's ``ValueError`` for negative options (rates, decays, epsilons) and for betas outside [0, 1)."""
    words = {
        "lr": "learning rate",
        "eps": "epsilon value",
        "weight_decay": "weight_decay value",
        "momentum": "momentum value",
    }
    for name, value in options.items():
        if name == "betas":
            for k, beta in enumerate(value):
                if not 0.0 <= beta < 1.0:
                    raise ValueError(f"Invalid beta parameter at index {k}: {beta}")
        elif not number(value) >= 0.0:
            raise ValueError(f"Invalid {words.get(name, f'{name} value')}: {value}")


def number(value: Any) -> Any:
    """An option as a Python number, also where it is a tensor of one element."""
    return value.device.to_host(value.data_).item() if isinstance(value, Tensor) else value


def like(p: Tensor, value: float = 0.0) -> Tensor:
    """A tensor of state: of the parameter's shape, dtype and device."""
    return Tensor(p.device.xp.full(p.data_.shape, value, p.data_.dtype), None, p.device)


def counter() -> Tensor:
    """A count of steps, on the host."""
    import numpy as np

    return Tensor(np.zeros((), np.float32))


def counted(state: State) -> int:
    """The number of the step that begins."""
    write(state["step"], state["step"].data_ + 1)
    return int(state["step"].data_)


def move(name: str, p: Tensor, grad: Any, kept: Sequence[Tensor] = (), **options: Any) -> None:
    """Runs a rule of :mod:`engine.optim.rules` on a parameter, in place, with its gradient and the state it keeps up to date."""
    if kept:
        options["_kept"] = tuple(tensor.data_ for tensor in kept)
    apply_inplace(OPS[name], p, (p, grad), options)
    for tensor in kept:
        tensor.shared_version().n += 1
