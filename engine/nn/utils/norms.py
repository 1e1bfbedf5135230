"""Weights computed anew before every call: from a length and a direction, or divided by their largest singular value.

Sources: Salimans and Kingma 2016 (weight normalisation), Miyato et al. 2018 (spectral normalisation).
"""

from __future__ import annotations

from typing import Any

from engine.mode import no_grad
from engine.nn import functional as F
from engine.nn.hooks import Hooked
from engine.nn.module import Module
from engine.nn.parameter import Parameter
from engine.tensor import Tensor


class _Recomputed:
    """A forward pre-hook that puts a computed tensor where a module looks for its weight."""

    def __init__(self, name: str) -> None:
        self.name = name

    def compute(self, module: Module) -> Any:
        raise NotImplementedError

    def __call__(self, module: Module, args: Any) -> None:
        object.__setattr__(module, self.name, self.compute(module))

    def put_on(self, module: Module) -> None:
        """From now on the module's weight is computed before every call."""
        for hooked in module._forward_pre_hooks.values():
            if type(hooked.hook) is type(self) and hooked.hook.name == self.name:
                raise RuntimeError(f"Cannot register two {type(self).__name__} hooks on the same parameter {self.name}")
        module.register_forward_pre_hook(self)

    @classmethod
    def take_off(cls, module: Module, name: str, *parts: str) -> None:
        """The weight is a parameter again, of the numbers it has now. Raises ``ValueError`` where it was not computed."""
        for key, hooked in list(module._forward_pre_hooks.items()):
            assert isinstance(hooked, Hooked)
            if isinstance(hooked.hook, cls) and hooked.hook.name == name:
                with no_grad():
                    weight = hooked.hook.compute(module)
                del module._forward_pre_hooks[key]
                for part in (name, *parts):
                    delattr(module, part)
                module.register_parameter(name, Parameter(weight.detach()))
                return
        raise ValueError(f"{cls.__name__} of '{name}' not found in {module}")


class WeightNorm(_Recomputed):
    """``g v / |v|``, the length taken over all axes but ``dim`` (-1: over all)."""

    def __init__(self, name: str, dim: int) -> None:
        super().__init__(name)
        self.dim = dim

    def length(self, v: Any) -> Any:
        """The norm of each part along ``dim``, shaped to be broadcast."""
        if self.dim == -1:
            return v.norm()
        return (v * v).sum(tuple(d for d in range(v.ndim) if d != self.dim % v.ndim), keepdim=True).sqrt()

    def compute(self, module: Module) -> Any:
        v = getattr(module, f"{self.name}_v")
        return v * (getattr(module, f"{self.name}_g") / self.length(v))


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Splits a weight into a length ``<name>_g`` and a direction ``<name>_v``, which are learned instead."""
    hook = WeightNorm(name, -1 if dim is None else dim)
    weight = module._parameters[name]
    hook.put_on(module)
    del module._parameters[name]
    with no_grad():
        module.register_parameter(f"{name}_g", Parameter(hook.length(weight)))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    with no_grad():
        hook(module, ())
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Undoes :func:`weight_norm`."""
    WeightNorm.take_off(module, name, f"{name}_g", f"{name}_v")
    return module


class SpectralNorm(_Recomputed):
    """The weight over its largest singular value, which a power iteration per call follows while training."""

    def __init__(self, name: str, iterations: int, eps: float, dim: int) -> None:
        super().__init__(name)
        if iterations <= 0:
            raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={iterations}")
        self.iterations, self.eps, self.dim = iterations, eps, dim

    def matrix(self, weight: Any) -> Any:
        """The weight as a matrix whose rows are its parts along ``dim``."""
        if self.dim:
            weight = weight.permute(self.dim, *(d for d in range(weight.ndim) if d != self.dim))
        return weight.reshape(weight.shape[0], -1)

    def compute(self, module: Module) -> Any:
        weight = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        matrix = self.matrix(weight)
        if module.training:
            with no_grad():
                for _ in range(self.iterations):
                    v.copy_(F.normalize(matrix.mT.matmul(u), dim=0, eps=self.eps))
                    u.copy_(F.normalize(matrix.matmul(v), dim=0, eps=self.eps))
                u, v = u.clone(), v.clone()  # the next call's iteration must not reach this graph
        return weight / (u * matrix.matmul(v)).sum()


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divides a weight, kept as ``<name>_orig``, by its largest singular value before every call."""
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    hook = SpectralNorm(name, n_power_iterations, eps, dim)
    weight = module._parameters[name]
    hook.put_on(module)
    with no_grad():
        rows, columns = hook.matrix(weight).shape
        u, v = (F.normalize(_normal(weight, n), dim=0, eps=eps) for n in (rows, columns))
    del module._parameters[name]
    module.register_parameter(f"{name}_orig", weight)
    object.__setattr__(module, name, weight.data)
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    return module


def _normal(like: Tensor, n: int) -> Any:
    from engine.random import randn

    return randn(n, dtype=like.dtype, device=like.device)


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Undoes :func:`spectral_norm`."""
    SpectralNorm.take_off(module, name, f"{name}_orig", f"{name}_u", f"{name}_v")
    return module
