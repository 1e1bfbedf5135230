"""Declaring an op. Running one is :mod:`engine.apply`'s.

One block says everything about an op::

    @op(r"\\tanh x", samples=reals(-3, 3),
        x=(r"\\bar y\\,(1 - y^2)", lambda g, y: g * (1 - y * y)))
    def tanh(xp, x):
        "Hyperbolic tangent."
        return xp.tanh(x)

* Positional parameters after ``xp`` are inputs (tensors, Python scalars or ``None``); keyword-only ones are static attributes.
  ``*xs`` takes any number of tensors.
* Each keyword of ``@op`` named after an input is that edge's rule ``(LaTeX, function)``: the upstream gradient and saved values
  in, the contribution to that input out, written in tensor ops, so that it can be differentiated again. No rule: no gradient.
* **The rule's parameter names are what is saved**: ``g`` first (``g1``, ``g2`` for further outputs, ``gs`` for all; zero where
  nothing flowed back), then input names, ``y`` (``y1``, ``y2``) for outputs, ``<input>_shape``, attributes, ``i`` (the input's
  position in ``*xs``), ``shapes``; the name of ``*xs`` gives all of them as a tuple.
  A name that is none of these is refused when the module is imported.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engine import observe
from engine.apply import apply, apply_inplace, binary, unary
from engine.errors import bad_call
from engine.mode import mode
from engine.node import Node
from engine.plan import Plan, output_index
from engine.tensor import Tensor

Rule = tuple[str, Callable[..., Any]]

OPS: dict[str, Op] = {}
#: what ``torch.<name>`` and ``Tensor.<name>`` are; filled by :func:`op` and :func:`function`
FUNCTIONS: dict[str, Callable[..., Any]] = {}
METHODS: dict[str, Callable[..., Any]] = {}


class EdgeRule:
    """One input's derivative rule, with where each of its arguments comes from."""

    __slots__ = ("function", "latex", "names", "takes")

    def __init__(
        self, latex: str, function: Callable[..., Any], names: list[str], takes: list[Callable[..., Any]]
    ) -> None:
        self.latex, self.function, self.names, self.takes = latex, function, names, takes


class Op:
    """An op's declaration; called, it runs the op."""

    joint: Callable[..., Any] | None = None

    def __init__(
        self,
        forward: Callable[..., Any],
        formula: str,
        rules: dict[str, Rule],
        *,
        name: str | None = None,
        samples: Callable[..., Any] | None = None,
        elementwise: bool = False,
        floats: bool = False,
        promotes: bool | None = None,
        view: bool = False,
        moves: bool = False,
        torch_name: str | Callable[[Node], str] | None = None,
        explains: Callable[..., str | BaseException | None] | None = None,
        gradients: Callable[..., Sequence[Any]] | None = None,
    ) -> None:
        self.name = name or forward.__name__.rstrip("_")
        self.forward = forward
        self.formula = formula
        self.samples = samples
        self.elementwise = elementwise  #: inputs are broadcast against each other, contributions summed back
        self.floats = floats  #: integer inputs become floating ones first
        self.promotes = elementwise if promotes is None else promotes  #: inputs are brought to one dtype first
        self.view = view  #: the output may show an input's storage
        self.moves = moves  #: the output lives on the device that the attribute ``device`` names
        #: what ``grad_fn`` is called: a name, or a function of the node that gives it (:mod:`engine.grad_names`)
        self.node_name = torch_name if callable(torch_name) else f"{torch_name or self.title()}Backward0"
        self.explains = explains
        self.doc = inspect.getdoc(forward) or ""
        parameters = list(inspect.signature(forward).parameters.values())[1:]
        self.inputs = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.attributes = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        known = [*self.inputs, *([self.variadic] if self.variadic else [])]
        for edge in rules:
            if edge not in known:
                raise TypeError(f"op {self.name}: rule for {edge!r}, which is no input; inputs are {', '.join(known)}")
        self.rules = [self._edge_rule(n, rules[n]) if n in rules else None for n in known]
        self.gradients = gradients  #: all rules at once, on arrays; see :mod:`engine.plan`
        self.differentiable = bool(rules)
        #: bit i: input i has a rule (and, for ``*xs``, all further ones)
        self.ruled = sum(1 << i for i, r in enumerate(self.rules) if r is not None)
        if self.variadic and self.rules[-1] is not None:
            self.ruled |= -1 << len(self.inputs)
        self.plans: dict[Any, Plan] = {}
        #: whether it is a function of tensors or numbers alone, which are written nowhere else: for the short way
        self.plain = not (self.attributes or self.variadic or self.view or self.moves) and self.ruled in (
            0,
            2 ** len(known) - 1,
        )

    def title(self) -> str:
        """The name in torch's style: ``LogSoftmax``."""
        return "".join(part.title() for part in self.name.split("_"))

    def rule(self, i: int) -> EdgeRule:
        """The rule of input ``i``."""
        found = self.rules[min(i, len(self.rules) - 1)]
        assert found is not None, f"op {self.name} has no rule for input {i}"
        return found

    def has_rule(self, i: int) -> bool:
        return self.rules[min(i, len(self.rules) - 1)] is not None

    def plan(self, needed: int, numbers: int = 0) -> Plan:
        """What to save when the inputs whose bits are set in ``needed`` have gradients, and in ``numbers`` are no tensors."""
        key = (needed, numbers) if numbers else needed
        found = self.plans.get(key)
        if found is None:
            found = self.plans[key] = Plan(self, needed, numbers)
        return found

    def ruled_among(self, needed: int) -> Iterator[int]:
        """Which of the rules are for inputs whose bits are set."""
        for i, r in enumerate(self.rules):
            if r is not None and (needed >> i & 1 or (self._is_last_variadic(i) and needed >> i)):
                yield i

    def _is_last_variadic(self, i: int) -> bool:
        return self.variadic is not None and i == len(self.rules) - 1

    def _edge_rule(self, edge: str, rule: Rule) -> EdgeRule:
        latex, function = rule
        names = list(inspect.signature(function).parameters)
        if not names or names[0] != "g":
            raise TypeError(f"op {self.name}: the rule for {edge!r} must take the upstream gradient g first")
        return EdgeRule(latex, function, names[1:], [self._take(edge, n) for n in names])

    def _take(self, edge: str, name: str) -> Callable[..., Any]:
        if name == "g":
            return lambda node, g, i: _upstream(node, g, 0) if g.__class__ is tuple else g
        if name == "gs":
            return lambda node, g, i: tuple(_upstream(node, g, k) for k in range(len(node.outputs)))
        if name == self.variadic:
            return lambda node, g, i: node.unpack_rest()
        if name in self.inputs or output_index(name) >= 0:
            return lambda node, g, i: node.unpack(name)
        if name in self.attributes:
            return lambda node, g, i: node.attrs[name]
        if name.endswith("_shape") and name[:-6] in self.inputs:
            k = self.inputs.index(name[:-6])
            return lambda node, g, i: node.shapes[k]
        if name == "shapes":
            return lambda node, g, i: node.shapes
        if name == "i":
            first = len(self.inputs)
            return lambda node, g, i: i - first
        if name[0] == "g" and name[1:].isdigit():
            k = int(name[1:])
            return lambda node, g, i: _upstream(node, g, k)
        known = [*self.inputs, "y", *self.attributes, *(f"{n}_shape" for n in self.inputs)]
        raise TypeError(f"op {self.name}: the rule for {edge!r} asks for {name!r}; it may ask for {', '.join(known)}")

    def __call__(self, *inputs: Any, **attrs: Any) -> Any:
        return apply(self, inputs, attrs)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def _upstream(node: Node, g: tuple[Any, ...], k: int) -> Any:
    """The gradient of output ``k``: zeros where nothing flowed back into it."""
    if g[k] is not None:
        return g[k]
    like = next(gk for gk in g if gk is not None)
    shape, dtype = node.outputs[k]
    return Tensor(like.device.xp.zeros(shape, dtype), None, like.device)


# ------------------------------------------------------------------------------------------------ declaring


def op(
    formula: str,
    *,
    samples: Callable[..., Any] | None = None,
    signature: Callable[..., tuple[tuple[Any, ...], dict[str, Any]]] | None = None,
    names: tuple[str, ...] | None = None,
    function: bool = True,
    method: bool = True,
    inplace: bool = False,
    elementwise: bool = False,
    floats: bool = False,
    promotes: bool | None = None,
    view: bool = False,
    moves: bool = False,
    torch_name: str | Callable[[Node], str] | None = None,
    explains: Callable[..., str | BaseException | None] | None = None,
    gradients: Callable[..., Sequence[Any]] | None = None,
    **rules: Rule,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares an op (see the module's docstring). The decorated function becomes the op's public function.

    ``signature`` maps a user's call (torch's parameters and defaults) to ``(inputs, attributes)``; without it the call's
    positional arguments are the inputs. ``names`` are the public names (the function's own by default); ``function`` and
    ``method`` say whether they are found in ``torch`` and on ``Tensor``; ``inplace`` adds the method ``<name>_``.
    ``explains(arrays, attrs)`` words the error of a call that cannot run (or is the error, where torch's is no RuntimeError).
    ``gradients`` is a faster way to what the rules say, for when nobody differentiates the gradients again: a function on arrays
    whose parameters are what a rule may ask for, ``xp``, and ``wanted`` (a bool per input); it gives one array (or None) per input.
    Raises ``TypeError`` for a bad rule.
    """

    def declare(forward: Callable[..., Any]) -> Callable[..., Any]:
        made = Op(
            forward, formula, rules, samples=samples, elementwise=elementwise, floats=floats, promotes=promotes, view=view,
            moves=moves, torch_name=torch_name, explains=explains, gradients=gradients,
        )  # fmt: skip
        if made.name in OPS:
            raise TypeError(f"op {made.name} is declared twice")
        OPS[made.name] = made
        call = _public(made, signature)
        for name in names or (forward.__name__.rstrip("_"),):
            if function:
                FUNCTIONS[name] = call
            if method:
                METHODS[name] = call
            if inplace:
                METHODS[f"{name}_"] = _public_inplace(made, signature, f"{name}_")
        return call

    return declare


def _public(made: Op, signature: Callable[..., Any] | None) -> Callable[..., Any]:
    if signature is None:
        defaults = {k: v for k, v in made.attributes.items() if v is not inspect.Parameter.empty}

        def call(*inputs: Any, **named: Any) -> Any:
            if not named:
                return apply(made, inputs, defaults)
            attrs = {k: named.pop(k) for k in made.attributes if k in named}
            return apply(made, _by_name(made, inputs, named), {**defaults, **attrs})

        call = shortened(made, call)

    else:

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                inputs, attrs = signature(*args, **kwargs)
            except (AttributeError, TypeError) as error:
                raise bad_call(made, args, error) from None
            return apply(made, inputs, attrs)

    functools.update_wrapper(call, made.forward, assigned=("__doc__", "__module__", "__name__", "__qualname__"))
    del call.__wrapped__  # type: ignore[attr-defined]  # its signature is not the caller's
    if signature is not None:
        call.__signature__ = inspect.signature(signature)  # type: ignore[attr-defined]
    call.__name__ = made.name
    call.op = made  # type: ignore[attr-defined]
    return call


def shortened(made: Op, call: Callable[..., Any]) -> Callable[..., Any]:
    """``call`` with a short way for the commonest inputs, where the op is of a kind that has one."""
    short = {1: unary, 2: binary}.get(len(made.inputs))
    return call if short is None or not made.plain else short(made, call)


#: torch's names for the first and the second input
_TORCH_NAMES = ("input", "other")


def _by_name(made: Op, inputs: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """The inputs in order, some of which were given by our name or by torch's. Raises torch's ``TypeError``."""
    for k, name in enumerate(made.inputs[len(inputs) :], len(inputs)):
        keys = (name, *_TORCH_NAMES[k : k + 1])
        found = next((key for key in keys if key in named), None)
        if found is not None:
            inputs = (*inputs, named.pop(found))
    if named:
        raise TypeError(f"{made.name}() got an unexpected keyword argument '{next(iter(named))}'")
    return inputs


def _public_inplace(made: Op, signature: Callable[..., Any] | None, name: str) -> Callable[..., Any]:
    def call(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        inputs, attrs = signature(self, *args, **kwargs) if signature is not None else ((self, *args), kwargs)
        return apply_inplace(made, self, inputs, attrs)

    call.__name__ = name
    call.__doc__ = f"In-place version of :func:`{made.name}`: writes the result into the tensor and returns it."
    return call


def function(
    *, names: tuple[str, ...] | None = None, function: bool = True, method: bool = True, scope: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a function made of ops: found as ``torch.<name>`` and ``Tensor.<name>``.

    With ``scope`` observers see its ops as one group (``cross_entropy``, ``layer_norm``).
    """

    def declare(written: Callable[..., Any]) -> Callable[..., Any]:
        call = composite(written) if scope else written
        for name in names or (written.__name__.rstrip("_"),):
            if function:
                FUNCTIONS[name] = call
            if method:
                METHODS[name] = call
        return call

    return declare


def composite(written: Callable[..., Any]) -> Callable[..., Any]:
    """Groups the ops that a function runs, for observers; costs one truth test while nobody watches."""
    name = written.__name__.rstrip("_")

    @functools.wraps(written)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not observe.active or mode.quiet:
            return written(*args, **kwargs)
        with observe.Scope("composite", name):
            return written(*args, **kwargs)

    return call


def drawing(written: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a function that draws random numbers: observers are told of it as a whole, to be able to draw again."""

    @functools.wraps(written)
    def call(*args: Any, **kwargs: Any) -> Any:
        watchers = () if mode.quiet else observe.active
        for observer in watchers:
            observer.on_draw_begin()
        made = written(*args, **kwargs)
        for observer in watchers:
            observer.on_draw(written, args, kwargs, made)
        return made

    return call


def catalogue() -> list[dict[str, Any]]:
    """Every op, for people: name, documentation, formula, and each input with its rule as LaTeX (or ``None``)."""
    return [
        {
            "name": o.name,
            "doc": o.doc,
            "formula": o.formula,
            "inputs": [
                {"name": n, "rule": r.latex if r is not None else None, "saves": r.names if r is not None else []}
                for n, r in zip([*o.inputs, *([o.variadic] if o.variadic else [])], o.rules, strict=True)
            ],
            "attributes": list(o.attributes),
            "source": inspect.getsource(o.forward),
        }
        for o in OPS.values()
    ]
