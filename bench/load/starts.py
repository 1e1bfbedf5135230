"""How soon a run tells its first event, and how many small runs a second the server takes."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass

import uvloop

from .served import ServedProcess
from .viewers import request

_SMALL = "import torch\nx = torch.tensor(3.0, requires_grad=True)\n(x * x).backward()\nprint(x.grad.item())"


@dataclass(frozen=True)
class Starts:
    """What came of it. Times are seconds."""

    first_p50: float  #: from the request to the first event at the viewer, one run at a time
    first_p99: float
    runs: int  #: small runs, several at a time
    right: int  #: of them, those that printed what they must
    per_second: float


def measure(*, single: int = 100, many: int = 400, clients: int = 16) -> Starts:
    """``single`` runs one after the other, then ``many`` by ``clients`` at once."""
    with ServedProcess(warm=4, running=4, queue=64) as served:
        return uvloop.run(_measure(served.port, single, many, clients))


async def _measure(port: int, single: int, many: int, clients: int) -> Starts:
    firsts = []
    for _ in range(single):
        firsts.append((await _run(port))[0])
        await asyncio.sleep(0.02)  # the pool fills up again
    left, right = iter(range(many)), 0

    async def client() -> None:
        nonlocal right
        for _ in left:
            _, correct = await _run(port)
            right += correct

    begun = time.monotonic()
    await asyncio.gather(*(client() for _ in range(clients)))
    elapsed = time.monotonic() - begun
    firsts.sort()
    return Starts(statistics.median(firsts), firsts[int(0.99 * single)], many, right, many / elapsed)


async def _run(port: int) -> tuple[float, bool]:
    """One run on a connection of its own: seconds to its first event, and whether it was right."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        begun = time.monotonic()
        body = '{"code": "' + _SMALL.replace("\n", "\\n") + '"}'
        writer.write(
            f"POST /api/runs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        await reader.readuntil(b'"id":"')
        id = (await reader.readuntil(b'"'))[:-1].decode()
        await reader.readuntil(b"}")
        writer.write(request(id, port))
        await reader.readuntil(b'{"seq":1,')
        first = time.monotonic() - begun
        told = await reader.readuntil(b'"type":"end"')
        return first, b'"text":"6.0' in told
    finally:
        writer.close()
