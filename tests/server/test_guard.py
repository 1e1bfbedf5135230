"""No other web page may do anything here, and every answer says what a browser may do with it."""

from __future__ import annotations

import pytest

from .conftest import Served

RUN = {"code": "1"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),  # a program, not a browser
        ({"origin": "same"}, 201),
        ({"origin": "same", "sec-fetch-site": "same-origin"}, 201),
        ({"sec-fetch-site": "none"}, 201),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),  # another port is another origin
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"host": "evil.example"}, 400),  # DNS rebinding
        ({"host": "evil.example", "origin": "http://evil.example"}, 400),
        ({"host": "127.0.0.1.evil.example"}, 400),
        ({"host": ""}, 400),
    ],
)
def test_only_our_own_pages_may_start_a_run(server: Served, headers: dict[str, str], status: int) -> None:
    own = str(server.client.base_url).rstrip("/")
    headers = {name: own if value == "same" else value for name, value in headers.items()}
    answer = server.client.post("/api/runs", json=RUN, headers=headers)
    assert answer.status_code == status
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


def test_cancelling_and_deleting_are_guarded_too(server: Served, trained: str) -> None:
    foreign = {"origin": "http://evil.example"}
    assert server.client.post(f"/api/runs/{trained}/cancel", headers=foreign).status_code == 403
    assert server.client.delete(f"/api/runs/{trained}", headers=foreign).status_code == 403
    assert server.info(trained)["status"] == "finished"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_loopback_names_are_ours(server: Served, host: str) -> None:
    port = server.client.base_url.port
    assert server.client.get("/api/health", headers={"host": f"{host}:{port}"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/nothing", "/openapi.json", "/docs"])
def test_every_answer_carries_the_headers(server: Served, path: str) -> None:
    headers = server.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_run_alone_may_stand_in_a_frame(server: Served, trained: str) -> None:
    framed = server.client.get(f"/embed/{trained}").headers
    assert "frame-ancestors *" in framed["content-security-policy"]
    assert "form-action 'none'" in framed["content-security-policy"]
    assert "x-frame-options" not in framed
    for path in (f"/runs/{trained}", "/embed/", "/embed/..%2findex.html", "/embedded", f"/embed/{trained}/docs"):
        headers = server.client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "DENY", path
