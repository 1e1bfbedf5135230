"""What the papers say is so: commands exist, links lead somewhere, versions agree, no registry is named."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
PAPERS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(ROOT.glob("docs/**/*.md"))

#: Put together here, so that this file does not name them either.
REGISTRIES = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("deb", "debian"))
]


def tracked() -> list[Path]:
    """The files of the repository, or, outside a git checkout, none."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def targets() -> set[str]:
    """The targets that `make help` lists."""
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_no_tracked_file_names_a_package_registry() -> None:
    files = tracked()
    if not files:
        pytest.skip("not a git checkout")
    naming = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in files
        for host in REGISTRIES
        if host.encode() in path.read_bytes()
    ]
    assert naming == []


def test_every_phony_target_is_in_the_help() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony.split()) == targets()


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_commands_in_the_docs_exist(paper: Path) -> None:
    code = re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)", paper.read_text())
    code += re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z-]+)", paper.read_text(), re.MULTILINE)
    assert set(code) <= targets()


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_in_the_docs_lead_somewhere(paper: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", paper.read_text())
    links += re.findall(r'(?:src|srcset)="(?!https?:)([^"]+)"', paper.read_text())
    assert [link for link in links if not (paper.parent / link).exists()] == []


def test_versions_agree() -> None:
    assert f"## [{VERSION}]" in (ROOT / "CHANGELOG.md").read_text()
    assert json.loads((ROOT / "frontend/package.json").read_text())["version"] == VERSION


def test_the_image_is_built_from_what_is_let_in() -> None:
    copied = {
        source.replace("${DEVICE}", "cpu").rstrip("/")
        for arguments in re.findall(r"^COPY (?!--from)(.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        for source in arguments.split()[:-1]
    }
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert {source.split("/")[0] for source in copied} == let_in
