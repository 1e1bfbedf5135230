"""Einstein summation: one op whose rule is another einsum."""

from __future__ import annotations

from typing import Any

from engine.op import function, op
from engine.ops.move import diagonal
from engine.ops.shape import expand
from engine.tensor import Tensor
from engine.testing import arrays, several

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _parsed(equation: str, tensors: tuple[Any, ...]) -> tuple[list[str], str]:
    """The axes' letters per operand and of the result, ``...`` written out. Raises torch's ``RuntimeError``."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(tensors):
        raise RuntimeError(
            f"einsum(): {'fewer' if len(tensors) < len(terms) else 'more'} operands were provided than specified in the equation "
            f"{equation!r}: {len(tensors)}, and it names {len(terms)}"
        )
    free = [c for c in _LETTERS if c not in equation]
    lead = max((x.ndim - len(t) + 3 for t, x in zip(terms, tensors, strict=True) if "..." in t), default=0)
    dots = "".join(free[:lead])
    for k, (term, x) in enumerate(zip(terms, tensors, strict=True)):
        if "..." in term:
            n = x.ndim - len(term) + 3
            terms[k] = term.replace("...", dots[lead - n :])
        if len(terms[k]) != x.ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(terms[k])}) does not match the number of dimensions "
                f"({x.ndim}) for operand {k}; its shape is {list(x.shape)}"
            )
    if not arrow:
        named = "".join(terms)
        right = "..." * bool(lead) + "".join(sorted(c for c in set(named) if named.count(c) == 1 and c not in dots))
    return terms, right.replace("...", dots)


def _einsum_problem(given: list[Any], attrs: dict[str, Any]) -> str | None:
    sizes: dict[str, int] = {}
    for k, (term, x) in enumerate(zip(attrs["equation"].split("->")[0].split(","), given, strict=True)):
        for letter, n in zip(term, x.shape, strict=True):
            if n != 1 and sizes.setdefault(letter, n) != n:
                return (
                    f"einsum(): subscript {letter} has size {n} for operand {k} which does not broadcast with previously seen size "
                    f"{sizes[letter]}. Shapes are {', '.join(str(list(y.shape)) for y in given)}."
                )
    return None


def _rule(g: Any, tensors: tuple[Any, ...], i: int, equation: str) -> Any:
    """The derivative by operand ``i``: the einsum of the gradient and the other operands to that operand's axes."""
    left, _, right = equation.partition("->")
    terms = left.split(",")
    mine, shape = terms[i], tensors[i].data_.shape
    others = [t for k, t in enumerate(terms) if k != i]
    held = "".join(c for c in mine if c in right or any(c in t for t in others))
    found = contract(g, *(x for k, x in enumerate(tensors) if k != i), equation=f"{','.join([right, *others])}->{held}")
    for at, letter in enumerate(mine):
        if letter not in held:  # an axis that was only summed: every element receives the same
            found = found.unsqueeze(at)
        elif shape[at] == 1 and found.data_.shape[at] != 1:  # an axis that was broadcast
            found = found.sum(at, True)
    return expand(found, shape)


@op(
    r"\mathrm{einsum}(x_1, x_2, \ldots)",
    tensors=(r"\mathrm{einsum}(\bar y, \ldots x_{j \neq i} \ldots)", lambda g, tensors, i,
        equation: _rule(g, tensors, i, equation)),
    samples=several(
        arrays((2, 3), (3, 4), equation="ij,jk->ik"), arrays((2, 3), equation="ij->j"),
        arrays((2, 3), (2, 3), (3,), equation="ij,ij,j->i"),
        arrays((2, 3, 2), (2, 2, 3), equation="bij,bjk->bik"), arrays((3,), (2,), equation="i,j->ji"),
    ),
    promotes=True, function=False, method=False, torch_name="Einsum", explains=_einsum_problem,
)  # fmt: skip
def einsum_(xp, *tensors, equation):
    """Products of the operands' elements, summed over the letters that the result does not name."""
    return xp.einsum(equation, *tensors, optimize=len(tensors) > 1)


contract = einsum_


@function(method=False)
def einsum(equation: str, *operands: Any) -> Tensor:
    """Einstein summation, ``"ij,jk->ik"``; ``...`` stands for leading axes, a letter twice in an operand for its diagonal."""
    tensors = tuple(operands[0]) if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else operands
    terms, right = _parsed(equation, tensors)
    given = [_without_repeats(term, x) for term, x in zip(terms, tensors, strict=True)]
    return contract(*(x for _, x in given), equation=f"{','.join(t for t, _ in given)}->{right}")


def _without_repeats(term: str, x: Any) -> tuple[str, Any]:
    while repeated := next((c for c in term if term.count(c) > 1), None):
        a = term.index(repeated)
        b = term.index(repeated, a + 1)
        x = diagonal(x, 0, a, b)
        term = term[:a] + term[a + 1 : b] + term[b + 1 :] + repeated
    return term, x
