"""Problems as RFC 9457 tells them: one JSON shape for everything that goes wrong, whoever noticed it."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

logger = logging.getLogger("kineograph")

MEDIA_TYPE = "application/problem+json"


class ProblemDocument(BaseModel):
    """What went wrong, and what to try (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        default="about:blank", description="names the kind of problem", examples=["urn:kineograph:queue-full"]
    )
    title: str = Field(description="the kind of problem in words")
    status: int = Field(description="the HTTP status", ge=400, le=599)
    detail: str | None = Field(default=None, description="this very problem, and what to try")
    instance: str | None = Field(default=None, description="the path that was asked for")


class Problem(Exception):
    """Raise it from anywhere in a request: the answer says so."""

    def __init__(
        self, status: int, kind: str, title: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        """``kind``: a short name that programs can rely on; ``more``: further members of the document."""
        super().__init__(detail)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.headers, self.more = headers, more


def response(
    path: str,
    status: int,
    title: str | None = None,
    detail: str | None = None,
    *,
    kind: str | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """The answer for a problem."""
    document = {
        "type": f"urn:kineograph:{kind}" if kind else "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        **({"detail": detail} if detail else {}),
        "instance": path,
        **more,
    }
    return JSONResponse(document, status, headers, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may answer with these problems."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Have the application answer every error as a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _bug)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return response(
        request.url.path, error.status, error.title, error.detail, kind=error.kind, headers=error.headers, **error.more
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, dict(error.headers or {})
    if status in (404, 405) and (methods := _methods_at(request)):
        status, headers["Allow"] = 405, ", ".join(methods)
    detail = error.detail if error.detail not in _PHRASES else _DETAILS.get(status)
    return response(request.url.path, status, detail=detail, headers=headers)


def _methods_at(request: Request) -> list[str]:
    """What this address takes. A router answers for one route at a time, so each method is asked for."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]  # the page's files match anything
    asked = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    return [
        method
        for method in asked
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"at": ".".join(str(part) for part in e["loc"]), "message": str(e["msg"])}
        for e in error.errors()
    ]  # fmt: skip
    detail = "; ".join(f"{e['at']}: {e['message']}" for e in errors[:5])
    return response(
        request.url.path, 422, "The request does not fit the API", detail, kind="invalid-request", errors=errors
    )


async def _bug(request: Request, error: Exception) -> Response:
    logger.error("%s %s broke", request.method, request.url.path, exc_info=error)
    return response(request.url.path, 500, detail="The server met an error of its own; its log says more.")


_PHRASES = frozenset(status.phrase for status in HTTPStatus)
_DETAILS = {
    404: "There is nothing at this address. The API is described at /docs.",
    405: "This address does not take this method; see the Allow header.",
    413: "The request is larger than this server takes.",
}
