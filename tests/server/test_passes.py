"""A pass as one document, and the numbers of its tensors."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import numpy as np
import pytest

from server.trace.page import PassPage

from .conftest import Served


def page(server: Served, id: str, number: int) -> dict[str, Any]:
    answer = server.client.get(f"/api/runs/{id}/passes/{number}")
    assert answer.status_code == 200, answer.text
    msgspec.json.decode(answer.content, type=PassPage)  # what the OpenAPI document says
    document: dict[str, Any] = answer.json()
    return document


def training_pages(server: Served, id: str) -> list[dict[str, Any]]:
    return [page(server, id, p["number"]) for p in server.info(id)["passes"] if p["kind"] == "train"]


def shape(document: dict[str, Any]) -> list[Any]:
    """A page's graph without its numbers."""
    n = document["pass"]
    here = f"{n}."
    return [
        (node["name"], node["site"], node.get("scope"), [o["shape"] for o in node["outputs"]],
         [i["tensor"].replace(here, "*.", 1) if i.get("tensor", "").startswith(here) else None for i in node["inputs"]])
        for node in document["nodes"]
    ]  # fmt: skip


def test_a_repeated_page_is_written_out_like_the_first(server: Served, trained: str) -> None:
    first, second, third = training_pages(server, trained)
    assert third["same_as"] is not None
    assert any("like" in node for node in third["nodes"])
    assert shape(second) == shape(third)
    assert [node["id"] for node in third["nodes"]] == [f"{third['pass']}.{k}" for k in range(len(third["nodes"]))]
    assert first["complete"]
    assert first["loss"] != third["loss"]


def test_edges_connect_the_nodes(server: Served, trained: str) -> None:
    document = training_pages(server, trained)[2]
    nodes = {node["id"] for node in document["nodes"]}
    assert document["edges"]
    for edge in document["edges"]:
        assert edge["target"] in nodes
        if "source" in edge:
            assert edge["source"] in nodes
            assert edge["tensor"].startswith(edge["source"])
    assert any(leaf["name"] == "w" and leaf["kind"] == "parameter" for leaf in document["leaves"])


def test_gradients_reach_the_page(server: Served, trained: str) -> None:
    document = training_pages(server, trained)[0]
    (backward,) = document["backwards"]
    assert backward["complete"]
    assert backward["value"] == document["loss"]
    (gradient,) = [g for g in document["gradients"] if g.get("leaf")]
    assert len(gradient["value"]["data"]) == 3
    assert document["contributions"]
    sites = {site["site"]: site for site in document["sites"]}
    lines = {sites[node["site"]]["text"] for node in document["nodes"] if node.get("site") in sites}
    assert any("@ w" in line for line in lines)


def test_a_pass_that_is_not_there_is_a_404(server: Served, trained: str) -> None:
    assert server.client.get(f"/api/runs/{trained}/passes/99").status_code == 404
    assert server.client.get(f"/api/runs/{trained}/passes/0").status_code == 422


# ------------------------------------------------------------------------------------------------ tensors

KEPT = """
import torch
x = torch.arange(600.0).reshape(20, 30).requires_grad_()
for scale in (1.0, 2.0):
    y = x * scale
    y.sum().backward()
"""


@pytest.fixture(scope="module")
def kept(server: Served) -> str:
    id = server.start(KEPT)
    assert server.events(id)[-1]["status"] == "finished"
    return id


def tensor(server: Served, id: str, name: str, **query: Any) -> dict[str, Any]:
    answer = server.client.get(f"/api/runs/{id}/tensors/{name}", params=query)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def product(server: Served, id: str, nth: int) -> str:
    """The id of the ``nth`` pass's multiplication."""
    return next(str(node["id"]) for node in training_pages(server, id)[nth]["nodes"] if node["name"] == "mul")


def test_a_large_tensor_is_fetched_whole_as_npy(server: Served, kept: str) -> None:
    name = product(server, kept, 1)
    answer = server.client.get(f"/api/runs/{kept}/tensors/{name}", headers={"Accept": "application/x-npy"})
    assert answer.headers["content-type"] == "application/x-npy"
    array = np.load(io.BytesIO(answer.content), allow_pickle=False)
    np.testing.assert_array_equal(array, 2 * np.arange(600, dtype=np.float32).reshape(20, 30))


def test_a_slice_is_as_in_numpy(server: Served, kept: str) -> None:
    found = tensor(server, kept, product(server, kept, 0), slice="1,2:5")
    assert (found["shape"], found["data_shape"], found["dtype"]) == ([20, 30], [3], "float32")
    assert found["data"] == [32.0, 33.0, 34.0]
    assert tensor(server, kept, product(server, kept, 0), slice="::10,0")["data"] == [0.0, 300.0]


def test_gradients_and_contributions_are_fetched_by_their_names(server: Served, kept: str) -> None:
    name = product(server, kept, 1)
    assert set(tensor(server, kept, f"{name}:grad")["data"]) == {1.0}
    assert set(tensor(server, kept, f"{name}:vjp.0")["data"]) == {2.0}


def test_a_leafs_gradient_is_the_last_one_or_as_of_an_event(server: Served, kept: str) -> None:
    grads = [e for e in server.events(kept) if e["type"] == "grad"]
    name = f"{grads[0]['tensor']}:grad"
    assert set(tensor(server, kept, name)["data"]) == {3.0}  # 1 and 2, accumulated
    assert set(tensor(server, kept, name, at=grads[0]["seq"])["data"]) == {1.0}


def test_the_gradient_of_a_scalar_is_a_scalar(server: Served) -> None:
    id = server.start("import torch\nx = torch.tensor(3.0, requires_grad=True)\n(x * x).backward()")
    server.events(id)
    found = tensor(server, id, "t1:grad")
    assert (found["shape"], found["data"]) == ([], [6.0])


def test_small_tensors_come_from_the_events(server: Served, trained: str) -> None:
    w = next(e for e in server.events(trained) if e["type"] == "tensor" and e["kind"] == "parameter")["tensor"]["id"]
    assert tensor(server, trained, f"{w}@0")["data"] == [0.0, 0.0, 0.0]
    latest = tensor(server, trained, w)["data"]
    assert latest == tensor(server, trained, f"{w}@3")["data"]
    assert latest != tensor(server, trained, f"{w}@1")["data"] != [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ["99.0", "t99", "1.0:vjp.77", "nonsense", "1.0@5", "1.0:grad:grad"])
def test_a_tensor_that_is_not_there_is_a_404(server: Served, kept: str, name: str) -> None:
    answer = server.client.get(f"/api/runs/{kept}/tensors/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("text", ["99", "0,0,0", "a", "1:2:3:4", "0.5", "1::0"])
def test_a_slice_that_does_not_fit_is_refused(server: Served, kept: str, text: str) -> None:
    name = product(server, kept, 0)
    assert server.client.get(f"/api/runs/{kept}/tensors/{name}", params={"slice": text}).status_code == 422


def test_nan_and_infinities_survive(server: Served) -> None:
    id = server.start("import torch\nx = torch.tensor([1.0, -1.0, 0.0]).log() * 2")
    events = server.events(id)
    op = [e for e in events if e["type"] == "op"][-1]
    assert tensor(server, id, f"{op['pass']}.{op['index']}")["data"] == [0.0, "NaN", "-Infinity"]
