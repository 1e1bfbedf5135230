"""The audit of what the locks pin: what pip-audit and npm answer is read for what it says."""

from __future__ import annotations

import json
import sys

import pytest

from scripts import audit


def test_a_vulnerability_is_told_with_its_mend() -> None:
    out = {"dependencies": [
        {"name": "jinja2", "version": "2.4.1", "vulns": [{"id": "PYSEC-2014-8", "fix_versions": ["2.7.2"], "aliases": []}]},
        {"name": "numpy", "version": "2.4.6", "vulns": []},
    ], "fixes": []}  # fmt: skip
    answer = audit.read_pip_audit("x", json.dumps(out), "")
    assert answer.looked_at == 2
    assert answer.found == ["jinja2 2.4.1: PYSEC-2014-8, mended in 2.7.2"]


def test_a_package_that_was_not_looked_up_does_not_count_as_safe() -> None:
    out = {"dependencies": [{"name": "numpy", "skip_reason": "Dependency not found"}], "fixes": []}
    answer = audit.read_pip_audit("x", json.dumps(out), "")
    assert (answer.looked_at, answer.found, answer.problem) == (0, [], "Dependency not found")


def test_npm_tells_the_package_and_how_bad_it_is() -> None:
    out = {
        "vulnerabilities": {"lodash": {"name": "lodash", "severity": "high", "range": "<=4.17.20", "via": []}},
        "metadata": {"dependencies": {"total": 412}},
    }
    answer = audit.read_npm_audit("x", json.dumps(out), "")
    assert (answer.looked_at, answer.found) == (412, ["lodash: high, in <=4.17.20"])
    assert audit.read_npm_audit("x", '{"message": "405"}', "no").problem == "405"
    assert audit.read_npm_audit("x", "", "no network").problem == "no network"


@pytest.mark.parametrize(
    ("answer", "required", "status"),
    [
        (audit.Answer("x", 3), False, 0),
        (audit.Answer("x", 3, ["numpy 1: CVE-1"]), False, 1),
        (audit.Answer("x", problem="offline"), False, 0),
        (audit.Answer("x", problem="offline"), True, 1),
    ],
)
def test_only_a_finding_fails_unless_an_answer_is_required(
    answer: audit.Answer, required: bool, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "python", lambda lock: answer)
    monkeypatch.setattr(audit, "page", lambda: audit.Answer("page", 9))
    monkeypatch.setenv("KINEOGRAPH_AUDIT", "require" if required else "")
    assert audit.main() == status


def test_pip_audit_is_there_to_be_asked() -> None:
    out, _ = audit.run([sys.executable, "-m", "pip_audit", "--version"], audit.ROOT)
    assert out.startswith("pip-audit ")
