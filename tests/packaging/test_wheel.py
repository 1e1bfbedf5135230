"""The wheel holds the engine, the server and the built page, and serves that page with no checkout near."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = 20  # seconds a server may take to answer on a busy machine

pytestmark = pytest.mark.skipif(
    not (ROOT / "frontend/dist/index.html").is_file(), reason="the page is not built: make frontend"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def address(installed: Path, tmp_path: Path) -> Iterator[str]:
    """A server started from the wheel alone, in an empty folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(installed), "KINEOGRAPH_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "server.cli", "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.communicate(timeout=START)


def read(url: str) -> bytes:
    """A page, once the server is up."""
    deadline = time.monotonic() + START
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_the_wheel_holds_the_page_and_the_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "server/static/index.html" in names
    assert any(name.startswith("server/static/assets/") and name.endswith(".js") for name in names)
    assert "engine/recorder/schema.py" in names
    assert any(name.startswith("server/examples/") and name.endswith(".py") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"engine", "server", "kineograph"}


def test_the_wheel_declares_its_command_and_its_licence(installed: Path) -> None:
    (about,) = installed.glob("kineograph-*.dist-info")
    assert "kineograph = server.cli:main" in (about / "entry_points.txt").read_text()
    assert "Apache License" in (about / "licenses/LICENSE").read_text()


def test_a_server_from_the_wheel_is_healthy_and_serves_the_page(address: str, installed: Path) -> None:
    assert b"{" in read(f"{address}/api/health")
    assert read(f"{address}/") == (installed / "server/static/index.html").read_bytes()
