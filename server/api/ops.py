"""``/api/ops``: every op that the engine knows, with its formula and derivative rules."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter
from pydantic import BaseModel, Field

from engine import op

router = APIRouter(prefix="/api/ops", tags=["about this server"])


class OpInput(BaseModel):
    """One input of an op."""

    name: str
    rule: str | None = Field(description="what flows back to it, as LaTeX; `null` where nothing does")
    saves: list[str] = Field(default=[], description="what the rule reads of the forward pass")


class OpDocument(BaseModel):
    """One op."""

    name: str
    doc: str
    formula: str = Field(description="LaTeX")
    inputs: list[OpInput]
    attributes: list[str] = Field(default=[], description="its static arguments")
    source: str = Field(default="", description="its forward, as written in the engine")


@cache
def _catalogue() -> dict[str, OpDocument]:
    return {entry["name"]: OpDocument(**entry) for entry in op.catalogue()}


@router.get("")
async def ops() -> dict[str, OpDocument]:
    """The op catalogue, by name."""
    return _catalogue()
