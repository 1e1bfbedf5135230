"""``/api/examples``: the scripts that come with the page."""

from __future__ import annotations

from fastapi import APIRouter

from ..examples import Example, all_examples

router = APIRouter(prefix="/api/examples", tags=["about this server"])


@router.get("")
async def examples() -> list[Example]:
    """Each in its order; the first is what the page opens with."""
    return all_examples()
