"""Limited-memory BFGS (Nocedal 1980), with a line search for the strong Wolfe conditions (Nocedal and Wright 2006, ch. 3)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from engine.mode import enable_grad, no_grad
from engine.optim.optimizer import Optimizer, checked, move, number

SUFFICIENT, CURVATURE = 1e-4, 0.9  # c1 and c2 of the Wolfe conditions
LEAST_CURVATURE = 1e-10  # of a pair that is remembered


class Probe(NamedTuple):
    """The loss at a distance along the search direction, with its gradient and its slope in that direction."""

    t: float
    loss: float
    grad: Any
    slope: float


class LBFGS(Optimizer):
    """Steps along the gradient, bent by the curvature that past steps met. :meth:`step` needs a closure."""

    def __init__(
        self, params: Any, lr: Any = 1, max_iter: int = 20, max_eval: int | None = None, tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9, history_size: int = 100, line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        checked(lr=lr)
        if line_search_fn not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Up to ``max_iter`` steps; returns the first loss."""
        if closure is None:
            raise TypeError("LBFGS.step() missing 1 required positional argument: 'closure'")
        with no_grad():
            return self._minimise(enable_grad()(closure))

    def _minimise(self, closure: Callable[[], Any]) -> Any:
        group = self.param_groups[0]
        state = self.state[self._params[0]]
        first = closure()
        loss, grad = self._read(first), self._gradient()
        evaluations = 1
        state["func_evals"] = state.get("func_evals", 0) + 1
        state.setdefault("n_iter", 0)
        if _largest(grad) <= group["tolerance_grad"]:
            return first
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            direction = self._direction(state, grad, group["history_size"])
            state["prev_flat_grad"], before = grad.copy(), loss
            rate = number(group["lr"])
            t = min(1.0, 1.0 / float(abs(grad).sum())) * rate if state["n_iter"] == 1 else rate
            slope = float((grad * direction).sum())
            state["d"], state["t"] = direction, t
            if slope > -group["tolerance_change"]:
                break
            spent = 0
            if group["line_search_fn"] == "strong_wolfe":
                start = Probe(0.0, loss, grad, slope)
                most = group["max_eval"] - evaluations
                found, spent = self._search(closure, start, t, direction, group["tolerance_change"], most)
                loss, grad, t = found.loss, found.grad, found.t
                state["t"] = t
                self._go(t, direction)
            else:
                self._go(t, direction)
                if iteration < group["max_iter"]:
                    loss, grad, spent = self._read(closure()), self._gradient(), 1
            evaluations += spent
            state["func_evals"] += spent
            if (
                evaluations >= group["max_eval"]
                or _largest(grad) <= group["tolerance_grad"]
                or _largest(direction * t) <= group["tolerance_change"]
                or abs(loss - before) < group["tolerance_change"]
            ):
                break
        return first

    def _direction(self, state: dict[str, Any], grad: Any, history: int) -> Any:
        """Minus the gradient times the approximate inverse Hessian (two-loop recursion)."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -grad
        turned, gone = grad - state["prev_flat_grad"], state["d"] * state["t"]
        curvature = float((turned * gone).sum())
        if curvature > LEAST_CURVATURE:
            if len(state["old_dirs"]) == history:
                for kept in (state["old_dirs"], state["old_stps"], state["ro"]):
                    kept.pop(0)
            state["old_dirs"].append(turned)
            state["old_stps"].append(gone)
            state["ro"].append(1.0 / curvature)
            state["H_diag"] = curvature / float((turned * turned).sum())
        pairs = list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True))
        q, shares = -grad, []
        for y, s, ro in reversed(pairs):
            shares.append(float((s * q).sum()) * ro)
            q = q - shares[-1] * y
        r = q * state["H_diag"]
        for (y, s, ro), share in zip(pairs, reversed(shares), strict=True):
            r = r + s * (share - float((y * r).sum()) * ro)
        return r

    # ------------------------------------------------------------------------------------------ the flat vector

    def _read(self, loss: Any) -> float:
        return float(loss.device.to_host(loss.data_)) if hasattr(loss, "data_") else float(loss)

    def _gradient(self) -> Any:
        xp = self._params[0].device.xp
        parts = [p.data_ * 0 if p._grad is None else p._grad.data_ for p in self._params]
        return xp.concatenate([part.reshape(-1) for part in parts])

    def _go(self, t: float, direction: Any) -> None:
        """Moves the parameters along the direction."""
        start = 0
        for p in self._params:
            part = type(p.detach())(direction[start : start + p.numel()], None, p.device)
            move("lbfgs_step", p, part, t=t)
            start += p.numel()

    def _probe(self, closure: Callable[[], Any], t: float, direction: Any) -> Probe:
        """The loss at a distance; the parameters come back to where they are."""
        kept = [p.data_.copy() for p in self._params]
        self._go(t, direction)
        loss, grad = self._read(closure()), self._gradient()
        for p, array in zip(self._params, kept, strict=True):
            p.data_[...] = array
            p.shared_version().n += 1
        return Probe(t, loss, grad, float((grad * direction).sum()))

    # ------------------------------------------------------------------------------------------ line search

    def _search(
        self, closure: Callable[[], Any], start: Probe, t: float, direction: Any, tolerance: float, most: int
    ) -> tuple[Probe, int]:
        """A point that satisfies the strong Wolfe conditions (or the best found), and the number of evaluations."""
        new, before, spent = self._probe(closure, t, direction), start, 1
        tries = 0
        bracket = None
        while tries < most:
            if new.loss > start.loss + SUFFICIENT * new.t * start.slope or (tries > 1 and new.loss >= before.loss):
                bracket = [before, new]
                break
            if abs(new.slope) <= -CURVATURE * start.slope:
                return new, spent
            if new.slope >= 0:
                bracket = [before, new]
                break
            bounds = new.t + 0.01 * (new.t - before.t), new.t * 10
            t = _cubic_minimum(before, new, bounds)
            before, new = new, self._probe(closure, t, direction)
            spent += 1
            tries += 1
        if bracket is None:
            bracket = [start, new]
        return self._zoom(closure, start, bracket, direction, tolerance, most, tries, spent)

    def _zoom(
        self, closure: Callable[[], Any], start: Probe, bracket: list[Probe], direction: Any, tolerance: float, most: int,
        tries: int, spent: int,
    ) -> tuple[Probe, int]:  # fmt: skip
        """Narrows a bracket around such a point."""
        low, high = sorted(bracket, key=lambda probe: probe.loss)
        stuck = False
        while tries < most and abs(high.t - low.t) * _largest(direction) >= tolerance:
            left, right = min(low.t, high.t), max(low.t, high.t)
            t = _cubic_minimum(low, high)
            margin = 0.1 * (right - left)
            if min(right - t, t - left) < margin:  # too near an end to make progress
                if stuck or t >= right or t <= left:
                    t = right - margin if abs(t - right) < abs(t - left) else left + margin
                    stuck = False
                else:
                    stuck = True
            else:
                stuck = False
            new = self._probe(closure, t, direction)
            spent += 1
            tries += 1
            if new.loss > start.loss + SUFFICIENT * t * start.slope or new.loss >= low.loss:
                low, high = sorted((low, new), key=lambda probe: probe.loss)
                continue
            if abs(new.slope) <= -CURVATURE * start.slope:
                return new, spent
            if new.slope * (high.t - low.t) >= 0:
                high = low
            low = new
        return low, spent


def _cubic_minimum(a: Probe, b: Probe, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic through two points with these slopes is lowest, kept within bounds (the points, unless given)."""
    if a.t > b.t:
        a, b = b, a
    least, most = bounds or (a.t, b.t)
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if square < 0:
        return (least + most) / 2.0
    d2 = math.sqrt(square)
    return min(max(b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)), least), most)


def _largest(array: Any) -> float:
    return float(abs(array).max())
