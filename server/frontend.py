"""Serving the built page: files that never change under their name, and the one document that names them."""

from __future__ import annotations

import html
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from .settings import Settings

_HERE = Path(__file__).parent
#: Where the built page may be: in an installed package, in a checkout.
_PLACES = (_HERE / "static", _HERE.parent / "frontend" / "dist")

_ALWAYS = "public, max-age=31536000, immutable"  # names of assets carry a hash of their content
_ASK_AGAIN = "no-cache"

_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Kineograph</title></head><body><main>
<h1>The page is not built yet</h1>
<p>The server runs, but there is no built page in <code>{places}</code>.</p>
<p>From a clone: <code>make frontend</code> builds it, and <code>make run</code> does that and serves it.</p>
<p>The API works without it: <a href="/api/health">/api/health</a>, <a href="/openapi.json">/openapi.json</a>.</p>
</main></body></html>
"""

_DOCS = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Kineograph API</title><link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/swagger/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/swagger/swagger-ui-bundle.js"></script><script src="/docs/init.js"></script></body></html>
"""
_DOCS_INIT = """SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});
"""


def built_page(settings: Settings) -> Path | None:
    """The folder of the built page; ``None`` where it is not built."""
    places = (settings.frontend,) if settings.frontend is not None else _PLACES
    return next((place for place in places if (place / "index.html").is_file()), None)


def install(app: FastAPI, settings: Settings) -> None:
    """Serve the page at ``/``, a run's page at its link and in a frame, the API's documentation at ``/docs``, and the files."""
    page = built_page(settings)
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    @router.get("/runs/{id}")
    @router.get("/embed/{id}")
    async def index(request: Request) -> Response:
        if page is None:
            places = " or ".join(str(place) for place in _PLACES)
            return HTMLResponse(_NOT_BUILT.format(places=html.escape(places)), 503)
        answer = FileResponse(page / "index.html", headers={"Cache-Control": _ASK_AGAIN})
        request.app.state.services.visitors.welcome(request, answer)
        return answer

    @router.get("/docs")
    async def docs() -> Response:
        if page is None or not (page / "swagger" / "swagger-ui-bundle.js").is_file():
            places = str(page / "swagger") if page is not None else " or ".join(str(place) for place in _PLACES)
            return HTMLResponse(_NOT_BUILT.format(places=html.escape(places)), 503)
        return HTMLResponse(_DOCS, headers={"Cache-Control": _ASK_AGAIN})

    @router.get("/docs/init.js")
    async def docs_init(request: Request) -> Response:
        return Response(_DOCS_INIT, media_type="text/javascript", headers={"Cache-Control": _ASK_AGAIN})

    app.include_router(router)
    if page is not None:
        app.mount("/", _Files(directory=page))


class _Files(StaticFiles):
    """The built files, with how long a browser may keep each."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["path"].startswith("/api/"):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _ALWAYS if path.startswith("assets/") else _ASK_AGAIN
        return response
