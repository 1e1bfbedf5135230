"""The module: a function with parameters, buffers and modules of its own, found by attribute name."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine import dtypes, observe
from engine.device import device as find_device
from engine.mode import mode
from engine.nn.hooks import BackwardHooks, Hooked
from engine.nn.parameter import Buffer, Parameter
from engine.nn.state import load_state
from engine.node import Handle
from engine.tensor import Tensor

if TYPE_CHECKING:
    from typing import Self


class _Calls(threading.local):
    """Where each module is found from the outermost one that is being called; ``None`` while none is."""

    paths: dict[int, str] | None = None


_calls = _Calls()


class Module:
    """Base class of everything with parameters. Subclasses call ``super().__init__()`` first and define ``forward``."""

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]

    def __init__(self) -> None:
        kept = self.__dict__
        kept["training"] = True
        kept["_parameters"] = {}
        kept["_buffers"] = {}
        kept["_non_persistent_buffers_set"] = set()
        kept["_modules"] = {}
        kept["_forward_pre_hooks"] = {}
        kept["_forward_hooks"] = {}
        kept["_backward_hooks"] = {}
        kept["_backward_pre_hooks"] = {}

    # ------------------------------------------------------------------------------------------ calling

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; each subclass has its own."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """``forward`` with the hooks around it; observers see its ops as one scope."""
        if not observe.active or mode.quiet:
            return self._call_impl(args, kwargs)
        outermost = _calls.paths is None
        if _calls.paths is None:
            _calls.paths = {id(m): path for path, m in self.named_modules()}
        path = "" if outermost else _calls.paths.get(id(self), "")
        try:
            with observe.Scope("module", path or type(self).__name__, self):
                return self._call_impl(args, kwargs)
        finally:
            if outermost:
                _calls.paths = None

    def _call_impl(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            hooked = self._forward_hooks or self._forward_pre_hooks or self._backward_hooks or self._backward_pre_hooks
        except AttributeError:
            raise AttributeError(
                f"{type(self).__name__} was called before Module.__init__() call. Call super().__init__() first in its __init__."
            ) from None
        return self._call_hooked(args, kwargs) if hooked else self.forward(*args, **kwargs)

    def _call_hooked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for pre in tuple(self._forward_pre_hooks.values()):
            args, kwargs = self._call_before(pre, args, kwargs)
        backward = BackwardHooks(self) if self._backward_hooks or self._backward_pre_hooks else None
        if backward is not None:
            args = backward.enter(args)
        told: set[int] = set()
        result = None
        try:
            result = self.forward(*args, **kwargs)
            for key, after in tuple(self._forward_hooks.items()):
                told.add(key)
                replaced = (
                    after.hook(self, args, kwargs, result) if after.with_kwargs else after.hook(self, args, result)
                )
                result = result if replaced is None else replaced
        except Exception:
            for key, after in tuple(self._forward_hooks.items()):
                if after.always and key not in told:
                    after.hook(self, args, kwargs, result) if after.with_kwargs else after.hook(self, args, result)
            raise
        return result if backward is None else backward.leave(result)

    def _call_before(
        self, pre: Hooked, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if not pre.with_kwargs:
            changed = pre.hook(self, args)
            return (args if changed is None else changed if isinstance(changed, tuple) else (changed,)), kwargs
        changed = pre.hook(self, args, kwargs)
        if changed is None:
            return args, kwargs
        if not (isinstance(changed, tuple) and len(changed) == 2):
            raise RuntimeError(
                f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
            )
        return changed[0], changed[1]

    # ------------------------------------------------------------------------------------------ hooks

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> Handle:
        """``hook(module, args)`` runs before ``forward``; what it returns (unless ``None``) are the arguments instead."""
        return self._register_hook("_forward_pre_hooks", Hooked(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> Handle:
        """``hook(module, args, output)`` runs after ``forward``; what it returns (unless ``None``) is the output instead."""
        return self._register_hook("_forward_hooks", Hooked(hook, with_kwargs, always_call), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """``hook(module, grad_input, grad_output)`` runs when the gradients of the inputs are there; may return others."""
        return self._register_hook("_backward_hooks", hook, prepend)

    register_backward_hook = register_full_backward_hook

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """``hook(module, grad_output)`` runs when the gradients of the outputs are there; may return others."""
        return self._register_hook("_backward_pre_hooks", hook, prepend)

    def _register_hook(self, kind: str, hook: Any, prepend: bool) -> Handle:
        hooks = self.__dict__[kind]
        handle = Handle(hooks, hook)
        if prepend:
            later = {k: v for k, v in hooks.items() if k != handle.id}
            hooks.clear()
            hooks.update({handle.id: hook, **later})
        return handle

    # ------------------------------------------------------------------------------------------ registering

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds a parameter under an attribute name. Raises ``KeyError`` for a bad name, ``TypeError`` for anything else."""
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_member_name("parameter", name, self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To express "
                f"'{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a tensor that moves and (if ``persistent``) is saved with the module, but is not learned."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_member_name("buffer", name, self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Adds a child module under an attribute name."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{_typename(module)} is not a Module subclass")
        self._check_member_name("module", name, self._modules)
        self._modules[name] = module

    register_module = add_module

    def _check_member_name(self, kind: str, name: Any, held: Mapping[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {_typename(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in held:
            raise KeyError(f"attribute '{name}' already exists")

    def __setattr__(self, name: str, value: Any) -> None:
        kept = self.__dict__
        parameters = kept.get("_parameters")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget_name(name, "_buffers", "_modules")
            self.register_parameter(name, value)
        elif parameters is not None and name in parameters:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            parameters[name] = None
        elif isinstance(value, Module):
            if "_modules" not in kept:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget_name(name, "_parameters", "_buffers")
            kept["_modules"][name] = value
        elif name in kept.get("_modules", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            kept["_modules"][name] = None
        elif isinstance(value, Buffer) or name in kept.get("_buffers", ()):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or None expected)"
                )
            if name in kept["_buffers"]:
                kept["_buffers"][name] = value
            else:
                self._forget_name(name, "_modules")
                self.register_buffer(name, value, getattr(value, "persistent", True))
        else:
            object.__setattr__(self, name, value)

    def _forget_name(self, name: str, *held: str) -> None:
        self.__dict__.pop(name, None)
        for each in held:
            self.__dict__[each].pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __getattr__(self, name: str) -> Any:
        kept = self.__dict__
        for held in ("_parameters", "_buffers", "_modules"):
            if held in kept and name in kept[held]:
                return kept[held][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for held in (self._parameters, self._buffers, self._modules):
            if name in held:
                del held[name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    # ------------------------------------------------------------------------------------------ looking inside

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """``(path, module)`` of this module (path ``""``) and all below it, each once."""
        seen = set() if memo is None else memo
        if self in seen:
            return
        if remove_duplicate:
            seen.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(seen, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """``(name, module)`` of the modules right below this one."""
        seen: set[Module] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules right below this one."""
        return (module for _, module in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """``(path, parameter)``, each parameter once."""
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of this module and all below it."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """``(path, buffer)``, each buffer once."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers of this module and all below it."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named_members(
        self, held: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        owners = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in owners:
            for name, tensor in module.__dict__[held].items():
                if tensor is None or id(tensor) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(tensor))
                yield (f"{path}.{name}" if path else name), tensor

    def get_submodule(self, target: str) -> Module:
        """The module at a dotted path. Raises ``AttributeError`` where there is none."""
        found: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(found, name):
                raise AttributeError(f"{type(found).__name__} has no attribute `{name}`")
            found = getattr(found, name)
            if not isinstance(found, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return found

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path."""
        path, _, name = target.rpartition(".")
        found = getattr(self.get_submodule(path), name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path."""
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._buffers.get(name)
        if found is None:
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    def set_submodule(self, target: str, module: Module) -> None:
        """Puts a module at a dotted path."""
        path, _, name = target.rpartition(".")
        setattr(self.get_submodule(path), name, module)

    # ------------------------------------------------------------------------------------------ saving

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """Parameters and persistent buffers by path; the tensors share storage with the module's."""
        state: Any = OrderedDict() if destination is None else destination
        for name, tensor in [*self._parameters.items(), *self._buffers.items()]:
            if tensor is not None and name not in self._non_persistent_buffers_set:
                state[prefix + name] = tensor if keep_vars else tensor.detach()
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Copies numbers into parameters and buffers by path; returns ``(missing_keys, unexpected_keys)``.

        Raises ``RuntimeError`` listing shapes that differ and, if ``strict``, missing and unexpected keys.
        """
        return load_state(self, state_dict, strict, assign)

    # ------------------------------------------------------------------------------------------ changing all at once

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Calls ``fn`` with every module below this one, then with this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Tensor], Tensor]) -> Self:
        for module in self.children():
            module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            parameter.data = fn(parameter.data)
            if parameter._grad is not None:
                parameter._grad.data = fn(parameter._grad.data)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Moves parameters and buffers to a device, or floating ones to a dtype: ``to(device)``, ``to(dtype)``, ``to(tensor)``."""
        device, dtype = kwargs.get("device"), kwargs.get("dtype")
        for given in args:
            if isinstance(given, Tensor):
                device, dtype = given.device, given.dtype
            elif isinstance(given, dtypes.dtype):
                dtype = given
            elif given is not None and not isinstance(given, bool):
                device = given
        if dtype is not None and dtypes.as_numpy(dtype).kind not in "fc":
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        where = None if device is None else find_device(device)
        numpy = None if dtype is None else dtypes.as_numpy(dtype)
        return self._apply(lambda t: _moved(t, where, numpy))

    def cpu(self) -> Self:
        """Moves parameters and buffers to host memory."""
        return self.to("cpu")

    def cuda(self, device: Any = None) -> Self:
        """Moves parameters and buffers to a GPU."""
        return self.to("cuda" if device is None else device)

    def float(self) -> Self:
        """Casts floating parameters and buffers to float32."""
        return self.to(dtypes.float32)

    def double(self) -> Self:
        """Casts floating parameters and buffers to float64."""
        return self.to(dtypes.float64)

    def half(self) -> Self:
        """Casts floating parameters and buffers to float16."""
        return self.to(dtypes.float16)

    def type(self, dst_type: Any) -> Self:
        """Casts floating parameters and buffers."""
        return self.to(dst_type)

    def train(self, mode: bool = True) -> Self:
        """Sets training mode (dropout, batch statistics) here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Sets evaluation mode here and below."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freezes or unfreezes every parameter."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Takes the gradients of all parameters away (or makes them zero)."""
        from engine.optim.optimizer import clear_grads

        clear_grads(self.parameters(), set_to_none)

    def share_memory(self) -> Self:
        """Here for scripts that call it; everything runs in one process."""
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Here for scripts that call it; nothing is compiled."""

    # ------------------------------------------------------------------------------------------ printing

    def extra_repr(self) -> str:
        """What stands in the brackets when the module is printed."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        below = [f"({name}): {_indented(repr(module))}" for name, module in self._modules.items()]
        if len(lines) == 1 and not below:
            return f"{self._get_name()}({extra})"
        if not lines and not below:
            return f"{self._get_name()}()"
        return f"{self._get_name()}(\n  " + "\n  ".join([*lines, *below]) + "\n)"


def _indented(text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(f"  {line}" for line in rest)])


def _typename(x: Any) -> str:
    if isinstance(x, Tensor):
        return "torch.FloatTensor" if x.dtype is dtypes.float32 else "torch.Tensor"
    kind = type(x)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _moved(t: Tensor, device: Any, numpy: Any) -> Tensor:
    """The tensor on another device and, if it is floating, in another dtype. Outside autograd and unseen by observers."""
    array = t.data_
    if numpy is not None and array.dtype.kind in "fc":
        array = array.astype(numpy, copy=False)
    if device is None or device is t.device:
        return t if array is t.data_ else Tensor(array, None, t.device)
    return Tensor(device.from_host(t.device.to_host(array)), None, device)
