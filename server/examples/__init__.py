"""The scripts that come with the page: one file each, in the order of their names.

A file begins with a header of comments, and that is all there is to add::

    # title: A line fitted by hand
    # teaches: What an optimizer's step does.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, Field

_HEADER = re.compile(r"# (title|teaches): (.+)\n")


class Example(BaseModel):
    """A script that teaches one thing."""

    id: str = Field(examples=["chain-rule"])
    title: str
    teaches: str = Field(description="the one thing, in a line")
    code: str


@cache
def all_examples() -> list[Example]:
    """Every example, in order."""
    return [_read(path) for path in sorted(Path(__file__).parent.glob("[0-9]*.py"))]


def _read(path: Path) -> Example:
    code = path.read_text(encoding="utf-8")
    header = dict(_HEADER.findall(code))
    body = _HEADER.sub("", code).lstrip("\n")
    return Example(id=path.stem.split("_", 1)[1].replace("_", "-"), code=body, **header)
