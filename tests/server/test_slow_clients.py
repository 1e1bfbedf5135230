"""Clients that take their time, or never come to the point, cost a connection for a while and nothing else."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from .conftest import Serve, Served


@pytest.fixture(scope="module")
def hurried(serve_forever: Serve) -> Served:
    return serve_forever(header_time=0.5, body_time=0.5, stall_time=1.0, wall_time=10, trace=256 << 20, ops=10**7)


@pytest.fixture
def wire(hurried: Served) -> Iterator[socket.socket]:
    port = hurried.client.base_url.port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def closed_after(connection: socket.socket) -> float:
    """Seconds until the server hangs up."""
    begun = time.monotonic()
    while connection.recv(65536):
        pass
    return time.monotonic() - begun


def test_who_says_nothing_is_hung_up_on(wire: socket.socket) -> None:
    assert closed_after(wire) < 3


def test_half_a_header_is_not_waited_for(wire: socket.socket, hurried: Served) -> None:
    wire.sendall(b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    assert closed_after(wire) < 3
    assert hurried.client.get("/api/health").status_code == 200


def test_a_body_that_does_not_come_is_answered(wire: socket.socket) -> None:
    wire.sendall(
        b"POST /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    )
    assert wire.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_a_whole_request_may_be_followed_by_silence(wire: socket.socket) -> None:
    wire.sendall(b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert wire.recv(65536).startswith(b"HTTP/1.1 200 ")
    time.sleep(1)
    wire.sendall(b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert wire.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_viewer_who_reads_nothing_is_let_go_and_slows_nobody(wire: socket.socket, hurried: Served) -> None:
    id = hurried.start(CHATTY)
    wire.sendall(f"GET /api/runs/{id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert wire.recv(10).startswith(b"HTTP/1.1 2")
    assert hurried.events(id)[-1]["type"] == "end"  # another viewer has it all meanwhile
    deadline = time.monotonic() + 10
    while "kineograph_viewers 0.0" not in hurried.client.get("/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.1)


CHATTY = """
import torch
x = torch.ones(64, requires_grad=True)
for step in range(1500):
    (x * step).exp().sum().backward()
    x.grad = None
"""
