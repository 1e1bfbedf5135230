"""Who may come in, what is theirs, and how much one visitor may ask for."""

from __future__ import annotations

import httpx
import pytest

from server.settings import Settings
from server.visitors import Buckets, Proxies

from .conftest import Serve, Served

LONG = "import time\ntime.sleep(20)"
RUN = {"code": "print(1)"}


def browser(served: Served, **headers: str) -> httpx.Client:
    """A client with a cookie jar of its own that has opened the page."""
    client = httpx.Client(base_url=served.client.base_url, timeout=30, headers=headers)
    client.get("/")
    return client


@pytest.fixture(scope="module")
def locked(serve_forever: Serve, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A server that wants a token, with a page."""
    page = tmp_path_factory.mktemp("page")
    (page / "index.html").write_text("<!doctype html><title>page</title>")
    return serve_forever(token="correct horse", guesses=3, frontend=page, trusted_proxies=["127.0.0.1"])


@pytest.fixture(scope="module")
def public(serve_forever: Serve, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A server for everybody, with narrow limits."""
    page = tmp_path_factory.mktemp("page")
    (page / "index.html").write_text("<!doctype html><title>page</title>")
    return serve_forever(
        public=True, frontend=page, trusted_proxies=["127.0.0.0/8"], running=2, queue=6, visitor_runs=2, visitor_starts=5,
        address_starts=12,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ the token


@pytest.mark.parametrize(
    "path", ["/api/runs", "/api/ops", "/api/examples", "/openapi.json", "/api/runs/x/events", "/metrics"]
)
def test_without_the_token_nothing_is_told(locked: Served, path: str) -> None:
    answer = httpx.get(f"{locked.client.base_url}{path}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:kineograph:token-needed"
    assert "link" in answer.json()["detail"]


def test_the_page_and_the_servers_health_need_no_token(locked: Served) -> None:
    for path in ("/", "/api/health"):
        assert httpx.get(f"{locked.client.base_url}{path}").status_code == 200


def test_a_program_sends_the_token_with_each_request(locked: Served) -> None:
    right = {"Authorization": "Bearer correct horse"}
    assert httpx.post(f"{locked.client.base_url}/api/runs", json=RUN, headers=right).status_code == 201
    for wrong in ("Bearer incorrect", "Bearer", "Basic correct horse", "correct horse", "Bearer correct hors"):
        answer = httpx.get(f"{locked.client.base_url}/api/runs", headers={"Authorization": wrong})
        assert answer.status_code == 401, wrong


def test_a_link_with_the_token_lets_in_once_and_for_all(locked: Served) -> None:
    client = httpx.Client(base_url=locked.client.base_url)
    answer = client.get("/runs/abc?token=correct%20horse&x=1", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/abc?x=1")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "correct" not in cookie
    assert client.get("/api/runs").status_code == 200
    assert (
        httpx.get(f"{locked.client.base_url}//evil.example/?token=x", follow_redirects=False).headers["location"]
        == "/evil.example/"
    )


def test_a_cookie_is_for_one_token(locked: Served) -> None:
    client = httpx.Client(base_url=locked.client.base_url, cookies={"kineograph_token": "0" * 43})
    assert client.get("/api/runs").status_code == 401


def test_guessing_is_slowed_down_by_address(locked: Served) -> None:
    def guess(token: str, address: str) -> httpx.Response:
        return httpx.post(
            f"{locked.client.base_url}/api/session", json={"token": token}, headers={"X-Forwarded-For": address}
        )

    assert [guess("wrong one", "9.9.9.9").status_code for _ in range(4)] == [401, 401, 401, 429]
    refused = guess("correct horse", "9.9.9.9")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 21
    welcome = guess("correct horse", "8.8.8.8")
    assert welcome.status_code == 204
    assert "kineograph_token=" in welcome.headers["set-cookie"]


def test_a_server_for_others_needs_a_token_or_the_word(tmp_path: object) -> None:
    assert Settings(host="0.0.0.0").beyond_loopback
    assert Settings(public=True).limits_visitors
    assert not Settings(host="127.0.0.1").beyond_loopback


# ------------------------------------------------------------------------------------------------ what is whose


def test_only_who_started_a_run_may_end_pin_or_delete_it(public: Served) -> None:
    mine, other = browser(public), browser(public)
    made = mine.post("/api/runs", json={"code": LONG}).json()
    id, key = made["id"], made["key"]
    assert mine.get(f"/api/runs/{id}").json()["yours"] is True
    assert other.get(f"/api/runs/{id}").json()["yours"] is False  # a link shows, and no more
    for stranger in (other, httpx.Client(base_url=public.client.base_url)):
        for method, path, body in (
            ("POST", "cancel", None), ("DELETE", "", None), ("PUT", "pin", {"pinned": True}),
        ):  # fmt: skip
            for headers in ({}, {"X-Run-Key": "0" * 43}, {"X-Run-Key": ""}):
                answer = stranger.request(method, f"/api/runs/{id}/{path}".rstrip("/"), json=body, headers=headers)
                assert answer.status_code == 403, (method, path, headers)
                assert answer.json()["type"] == "urn:kineograph:not-yours"
    assert mine.put(f"/api/runs/{id}/pin", json={"pinned": True}).json()["pinned"] is True
    program = httpx.Client(base_url=public.client.base_url, headers={"X-Run-Key": key})
    assert program.post(f"/api/runs/{id}/cancel").json()["status"] == "cancelled"
    assert mine.delete(f"/api/runs/{id}").status_code == 204


def test_a_forged_cookie_is_nobody(public: Served) -> None:
    mine = browser(public)
    id = mine.post("/api/runs", json=RUN).json()["id"]
    value = mine.cookies["kineograph_visitor"]
    forged = httpx.Client(base_url=public.client.base_url, cookies={"kineograph_visitor": value[:-1] + "x"})
    assert forged.delete(f"/api/runs/{id}").status_code == 403


def test_the_list_of_runs_is_ones_own(public: Served) -> None:
    mine, other = browser(public, **{"X-Forwarded-For": "7.7.7.1"}), browser(public, **{"X-Forwarded-For": "7.7.7.2"})
    id = mine.post("/api/runs", json=RUN).json()["id"]
    assert [run["id"] for run in mine.get("/api/runs").json()["runs"]] == [id]
    assert other.get("/api/runs").json() == {"runs": [], "total": 0}


def test_on_ones_own_machine_all_runs_are_ones_own(server: Served) -> None:
    id = server.start("print(1)")
    assert httpx.get(f"{server.client.base_url}/api/runs/{id}").json()["yours"] is True
    assert httpx.delete(f"{server.client.base_url}/api/runs/{id}").status_code == 204


# ------------------------------------------------------------------------------------------------ how much


def test_one_visitor_has_so_many_runs_at_once(public: Served) -> None:
    mine = browser(public, **{"X-Forwarded-For": "5.5.5.1"})
    ids = [mine.post("/api/runs", json={"code": LONG}).json()["id"] for _ in range(2)]
    refused = mine.post("/api/runs", json=RUN)
    assert refused.status_code == 429
    assert refused.json()["type"] == "urn:kineograph:too-many-runs"
    assert "2 runs" in refused.json()["detail"]
    assert int(refused.headers["retry-after"]) >= 1
    other = browser(public, **{"X-Forwarded-For": "5.5.5.2"})
    waiting = other.post("/api/runs", json=RUN).json()
    assert waiting["place"] in (0, None)
    for id in ids:
        assert mine.post(f"/api/runs/{id}/cancel").status_code == 200
    assert mine.post("/api/runs", json=RUN).status_code == 201


def test_one_visitor_has_so_many_starts_in_a_minute(public: Served) -> None:
    mine = browser(public, **{"X-Forwarded-For": "4.4.4.1"})

    def start(client: httpx.Client) -> int:
        answer = client.post("/api/runs", json=RUN)
        if answer.status_code == 201:
            client.post(f"/api/runs/{answer.json()['id']}/cancel")
        return answer.status_code

    assert [start(mine) for _ in range(6)] == [201] * 5 + [429]
    neighbour = browser(public, **{"X-Forwarded-For": "4.4.4.1"})  # a lecture hall behind one address
    assert start(neighbour) == 201


def test_many_cookies_of_one_address_are_one_address(public: Served) -> None:
    codes = []
    for _ in range(14):
        client = browser(public, **{"X-Forwarded-For": "3.3.3.1"})
        answer = client.post("/api/runs", json=RUN)
        codes.append(answer.status_code)
        if answer.status_code == 201:
            client.post(f"/api/runs/{answer.json()['id']}/cancel")
    assert codes == [201] * 12 + [429] * 2


def test_a_proxy_is_believed_only_where_it_is_trusted() -> None:
    proxies = Proxies(["10.0.0.0/8", "::1"])
    assert proxies.address("1.2.3.4", "9.9.9.9") == "1.2.3.4"
    assert proxies.address("10.0.0.1", "6.6.6.6, 9.9.9.9") == "9.9.9.9"  # what a visitor wrote himself comes first
    assert proxies.address("10.0.0.1", "9.9.9.9, 10.1.1.1") == "9.9.9.9"
    assert proxies.address("::1", "") == "::1"
    assert proxies.address("10.0.0.1", "nonsense") == "nonsense"
    with pytest.raises(ValueError, match="does not appear to be"):
        Proxies(["everywhere"])


def test_buckets_fill_again_with_time() -> None:
    now = 100.0
    buckets = Buckets(2, 60.0, lambda: now)
    for _ in range(2):
        buckets.take("a")
    assert buckets.wait("a") == 30.0
    assert buckets.wait("b") == 0.0
    now = 131.0
    assert buckets.wait("a") == 0.0
