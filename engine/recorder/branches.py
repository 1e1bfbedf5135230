"""Branches: every ``if``, ``while``, ternary, ``assert`` and comprehension filter of a script asks which way to go.

The script's syntax tree is rewritten, ``if TEST:`` to ``if __kineograph_test__(k, TEST):``, with its positions kept.
A branch is told only when its test looked at a tensor.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from engine.recorder.schema import BranchKind
from engine.recorder.sites import Span, span

HOOK = "__kineograph_test__"


@dataclass(frozen=True)
class Test:
    """One condition of the script."""

    kind: BranchKind
    span: Span


class Instrument(ast.NodeTransformer):
    """Rewrites the tests of a script; ``tests`` lists them in the order of their numbers."""

    def __init__(self) -> None:
        self.tests: list[Test] = []

    def _ask(self, test: ast.expr, kind: BranchKind) -> ast.expr:
        self.tests.append(Test(kind, span(test)))
        number = ast.copy_location(ast.Constant(len(self.tests) - 1), test)
        hook = ast.copy_location(ast.Name(HOOK, ast.Load()), test)
        return ast.copy_location(ast.Call(hook, [number, test], []), test)

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        node.test = self._ask(node.test, "if")
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.test, ast.Constant):
            node.test = self._ask(node.test, "while")
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        node.test = self._ask(node.test, "ternary")
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        self.generic_visit(node)
        node.test = self._ask(node.test, "assert")
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.ifs = [self._ask(test, "comprehension") for test in node.ifs]
        return node


def within(inner: Span, outer: Span) -> bool:
    """Whether one place lies inside another."""
    return (outer[0], outer[1]) <= (inner[0], inner[1]) and (inner[2], inner[3]) <= (outer[2], outer[3])
