"""Looks for known vulnerabilities in what the locks pin: pip-audit for Python, npm audit for the page.

``python scripts/audit.py`` fails where one is found. Where no advisories can be had (offline, or an index that keeps none)
it says so and passes; with ``KINEOGRAPH_AUDIT=require`` that fails too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = ("dev", "cuda12", "cuda13")  #: dev holds what cpu holds
PATIENCE = 40  #: seconds for one question


@dataclass
class Answer:
    """What an audit said of one lock: found vulnerabilities, packages looked at, and why some were not."""

    lock: str
    looked_at: int = 0
    found: list[str] = field(default_factory=list)
    problem: str = ""


def run(command: list[str], folder: Path) -> tuple[str, str]:
    """A command's output and, where it could not be had, why."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as failed:
        return "", str(failed)
    lines = done.stderr.strip().splitlines()
    return done.stdout, lines[-1] if lines else f"exit status {done.returncode}"


def python(lock: str) -> Answer:
    """pip-audit over one of requirements/*.txt; nothing is installed or resolved."""
    asked = ["-m", "pip_audit", "--requirement", f"requirements/{lock}.txt", "--disable-pip", "--no-deps"]
    out, problem = run(
        [sys.executable, *asked, "--format", "json", "--progress-spinner", "off", "--timeout", "10"], ROOT
    )
    return read_pip_audit(f"requirements/{lock}.txt", out, problem)


def read_pip_audit(lock: str, out: str, problem: str) -> Answer:
    """pip-audit's JSON: packages with ``vulns``, or a ``skip_reason``."""
    try:
        packages = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Answer(lock, problem=problem)
    answer = Answer(lock)
    for package in packages:
        if "skip_reason" in package:
            answer.problem = package["skip_reason"]
            continue
        answer.looked_at += 1
        for v in package["vulns"]:
            mended = ", ".join(v.get("fix_versions", [])) or "no version yet"
            answer.found.append(f"{package['name']} {package['version']}: {v['id']}, mended in {mended}")
    return answer


def page() -> Answer:
    """Npm audit over the page's lock file."""
    npm = [str(ROOT / "scripts" / "with-node.sh"), "npm", "audit", "--json", "--fetch-retries=0"]
    return read_npm_audit("frontend/package-lock.json", *run(npm, ROOT / "frontend"))


def read_npm_audit(lock: str, out: str, problem: str) -> Answer:
    """Npm's JSON: ``vulnerabilities`` by package, or an ``error``."""
    try:
        told = json.loads(out)
    except ValueError:
        return Answer(lock, problem=problem)
    if "vulnerabilities" not in told:
        return Answer(lock, problem=str(told.get("message") or problem))
    vulnerable = told["vulnerabilities"]
    found = [f"{name}: {v['severity']}, in {v.get('range', 'every version')}" for name, v in vulnerable.items()]
    return Answer(lock, told["metadata"]["dependencies"]["total"], found)


def main() -> int:
    """Prints an answer a line; the exit status is 1 where something was found, or could not be asked and had to be."""
    answers = [*map(python, LOCKS), page()]
    for answer in answers:
        said = f"{answer.looked_at} packages, {len(answer.found)} known vulnerabilities"
        if answer.problem:
            said += f"; not all could be looked up ({answer.problem})" if answer.looked_at else ""
        print(f"audit: {answer.lock}: " + (said if answer.looked_at else f"no advisories to be had ({answer.problem})"))
        for line in answer.found:
            print(f"  {line}")
    strict = os.environ.get("KINEOGRAPH_AUDIT") == "require"
    return int(any(a.found or (strict and a.problem) for a in answers))


if __name__ == "__main__":
    sys.exit(main())
