"""The locks pin what pyproject.toml and package.json ask for, with hashes, and name no place to download it from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {path.stem: path for path in sorted((ROOT / "requirements").glob("*.txt"))}

project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def group(name: str) -> list[str]:
    """A dependency group's requirements, the groups it includes among them."""
    found: list[str] = []
    for entry in project["dependency-groups"][name]:
        found += [entry] if isinstance(entry, str) else group(entry["include-group"])
    return found


RUNTIME: list[str] = project["project"]["dependencies"]
EXTRAS: dict[str, list[str]] = project["project"]["optional-dependencies"]

#: What each lock must hold.
WANTED = {
    "cpu": RUNTIME,
    "cuda12": RUNTIME + EXTRAS["cuda12"],
    "cuda13": RUNTIME + EXTRAS["cuda13"],
    "build": group("build"),
    "dev": RUNTIME + group("dev"),
    "node": group("node"),
}


def pins(lock: str) -> list[tuple[Requirement, list[str]]]:
    """A lock's requirements, each with its hashes."""
    lines = [line for line in LOCKS[lock].read_text().splitlines() if not line.lstrip().startswith("#")]
    entries = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(Requirement(entry.split(" --hash=")[0]), re.findall(r"--hash=(\S+)", entry)) for entry in entries if entry]


def test_there_is_a_lock_for_every_set_of_dependencies() -> None:
    assert set(LOCKS) == set(WANTED)


@pytest.mark.parametrize("lock", WANTED)
def test_every_requirement_is_pinned_within_its_range(lock: str) -> None:
    pinned = pins(lock)
    for requirement in map(Requirement, WANTED[lock]):
        found = [pin for pin, _ in pinned if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]
        assert found, f"requirements/{lock}.txt lacks {requirement}. Try `make lock`."
        for pin in found:
            (version,) = pin.specifier
            assert version.operator == "=="
            assert version.version in requirement.specifier, f"{pin} is not {requirement}. Try `make lock`."


@pytest.mark.parametrize("lock", WANTED)
def test_every_pin_has_hashes(lock: str) -> None:
    for pin, hashes in pins(lock):
        assert hashes, f"{pin} has none"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes)


@pytest.mark.parametrize("lock", ["cpu", "build", "cuda12", "cuda13"])
def test_what_is_shipped_is_what_is_tested(lock: str) -> None:
    tested = {str(pin) for pin, _ in pins("dev")}
    names = {pin.name for pin, _ in pins("dev")}
    assert [str(pin) for pin, _ in pins(lock) if pin.name in names and str(pin) not in tested] == []


@pytest.mark.parametrize("lock", WANTED)
def test_a_lock_names_no_address(lock: str) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", LOCKS[lock].read_text())


def test_the_pages_lock_names_no_address_and_checks_every_package() -> None:
    packages: dict[str, dict[str, Any]] = json.loads((ROOT / "frontend/package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_the_pages_lock_is_that_of_its_package_json() -> None:
    asked = json.loads((ROOT / "frontend/package.json").read_text())
    locked = json.loads((ROOT / "frontend/package-lock.json").read_text())["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert locked[kind] == asked[kind], "Try `npm install --package-lock-only` in frontend/."
