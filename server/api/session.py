"""``/api/session``: the way in, where the server wants a token."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from ..problems import Problem, documented
from ..visitors import is_secure
from .services import Shared

router = APIRouter(prefix="/api/session", tags=["about this server"])


class TokenGiven(BaseModel):
    """What the visitor was told."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=200, description="the server's token")


@router.post("", status_code=status.HTTP_204_NO_CONTENT, responses=documented(400, 401, 403, 422, 429))
async def come_in(given: TokenGiven, request: Request, shared: Shared) -> Response:
    """Shows the token; a right one gives a cookie. Programs send it with each request instead: `Authorization: Bearer …`."""
    door, address = shared.door, shared.visitors.of(request).address
    answer = Response(status_code=status.HTTP_204_NO_CONTENT)
    if not door.locked:
        return answer
    wait = door.wait(address)
    if wait > 0:
        seconds = max(1, round(wait + 0.5))
        raise Problem(
            429, "too-many-guesses", "Too many wrong tokens", f"Try again in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )  # fmt: skip
    if not door.is_token(given.token):
        door.missed(address)
        raise Problem(401, "wrong-token", "That is not the token", "Ask whoever runs this server for its link.")
    door.let_in(answer, secure=is_secure(request))
    return answer
