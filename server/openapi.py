"""The OpenAPI document: what FastAPI writes, and the schemas that are msgspec's: events, pages, tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import FastAPI

from engine.recorder import schema

from .problems import ProblemDocument, documented
from .trace.numbers import TensorDocument
from .trace.page import PassPage

_COMPONENTS = "#/components/schemas/"


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What makes the application's OpenAPI document, once."""
    written = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = written()
            schemas = document["components"]["schemas"]
            for framework in ("HTTPValidationError", "ValidationError"):  # here every refusal is a problem
                schemas.pop(framework, None)
            schemas |= _events() | _documents() | _problem()
            for path in document["paths"].values():
                for operation in path.values():
                    _document_refusals(operation)
            app.openapi_schema = document
        return app.openapi_schema

    return openapi


def _document_refusals(operation: dict[str, Any]) -> None:
    """Any request may name a wrong host; one with parameters may name wrong ones."""
    answers = operation["responses"]
    refusals = (400, 422) if "422" in answers else (400,)
    answers |= {str(status): answer for status, answer in documented(*refusals).items()}


def _events() -> dict[str, Any]:
    """Every event, as ``Event`` and a schema for each of its kinds and parts."""
    whole: dict[str, Any] = schema.json_schema()
    parts = whole.pop("$defs")
    named = {f"Event.{name}": part for name, part in parts.items()}
    moved: dict[str, Any] = _moved({"Event": whole, **named}, "#/$defs/", f"{_COMPONENTS}Event.")
    return moved


def _documents() -> dict[str, Any]:
    """The answers that msgspec writes."""
    answers = [PassPage, TensorDocument]
    _, parts = msgspec.json.schema_components(answers, ref_template="#/$defs/{name}")
    whole = {answer.__name__ for answer in answers}
    named = {name if name in whole else f"Page.{name}": part for name, part in parts.items()}
    moved: dict[str, Any] = _moved(named, "#/$defs/", f"{_COMPONENTS}Page.")
    return moved


def _problem() -> dict[str, Any]:
    return {"ProblemDocument": ProblemDocument.model_json_schema(ref_template=f"{_COMPONENTS}{{model}}")}


def _moved(node: Any, old: str, new: str) -> Any:
    """The schema with every reference below ``old`` pointing below ``new``."""
    if isinstance(node, dict):
        return {key: _moved(value, old, new) for key, value in node.items()}
    if isinstance(node, list):
        return [_moved(value, old, new) for value in node]
    return node.replace(old, new) if isinstance(node, str) and node.startswith(old) else node
