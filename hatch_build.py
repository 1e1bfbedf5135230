"""Puts the built page into the wheel: ``frontend/dist`` becomes ``server/static``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Where each kind of archive keeps the page. An sdist keeps it in place, so that a wheel can be built from the sdist.
PLACE = {"wheel": "server/static", "sdist": "frontend/dist"}


class PageHook(BuildHookInterface):  # type: ignore[type-arg]  # the config type is hatchling's own
    """Adds the page to a wheel or an sdist; an editable install serves it from ``frontend/dist`` itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises FileNotFoundError where the page has not been built."""
        if version == "editable":
            return
        page = Path(self.root) / "frontend" / "dist"
        if not (page / "index.html").is_file():
            raise FileNotFoundError(f"{page}/index.html is missing: the page is not built yet. Try `make frontend`.")
        build_data["force_include"][str(page)] = PLACE[self.target_name]
