"""What every lane of tests shares."""

from __future__ import annotations

import importlib.util

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The time limit is pytest-timeout's; a bare pytest (on a machine that only lends its GPU) runs without it."""
    if importlib.util.find_spec("pytest_timeout") is None:
        parser.addini("timeout", "seconds for one test (needs pytest-timeout)")
