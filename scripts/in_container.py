"""Runs a command as compose.yaml runs the server, without a Docker engine: runc, Docker's default seccomp profile, no capabilities,
no new privileges, a read-only root, user 10001.

    python scripts/in_container.py PROFILE COMMAND...

PROFILE is moby's profiles/seccomp/default.json; Debian has it in golang-github-docker-docker-dev. Needs root, runc and Linux. The
machine's own /usr stands in for the image, this checkout is at its usual place, both read-only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
USER = 10001


def seccomp(profile: dict[str, Any]) -> dict[str, Any]:
    """The profile as the engine hands it to runc on x86-64 for a container without capabilities."""
    rules = []
    for rule in profile["syscalls"]:
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        here = "arches" not in includes or "amd64" in includes["arches"]
        if includes.get("caps") or not here or "amd64" in excludes.get("arches", ()):
            continue
        kept = ("names", "action", "args", "errnoRet")
        rules.append({key: rule[key] for key in kept if rule.get(key) is not None})
    arches = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
    return {"defaultAction": profile["defaultAction"], "architectures": arches, "syscalls": rules}


def configuration(profile: dict[str, Any], command: list[str], rootfs: Path) -> dict[str, Any]:
    """The bundle's ``config.json``."""
    (rootfs.parent / "config.json").unlink(missing_ok=True)
    subprocess.run(["runc", "spec"], cwd=rootfs.parent, check=True)
    made: dict[str, Any] = json.loads((rootfs.parent / "config.json").read_text())
    made["process"] |= {
        "terminal": False, "args": command, "cwd": str(ROOT), "user": {"uid": USER, "gid": USER}, "noNewPrivileges": True,
        "capabilities": {}, "env": ["PATH=/usr/bin:/bin", "HOME=/tmp", "KINEOGRAPH_DATA=/tmp/data"],
    }  # fmt: skip
    made["root"] = {"path": str(rootfs), "readonly": True}
    python = Path(sys.base_prefix)
    for folder in {"/usr", "/etc", "/bin", "/lib", "/lib64", str(python), str(ROOT)}:
        if os.path.exists(folder):
            made["mounts"].append(
                {"destination": folder, "type": "bind", "source": folder, "options": ["rbind", "ro", "nosuid", "nodev"]}
            )
    tmpfs = ["nosuid", "nodev", "noexec", "mode=1777", "size=256m"]
    made["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": tmpfs})
    made["linux"]["seccomp"] = seccomp(profile)
    made["linux"]["resources"] = {"pids": {"limit": 512}}
    return made


def main() -> int:
    """Its exit status is the command's."""
    profile, command = json.loads(Path(sys.argv[1]).read_text()), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        rootfs = Path(folder) / "rootfs"
        rootfs.mkdir()
        (Path(folder) / "config.json").write_text(json.dumps(configuration(profile, command, rootfs)))
        run = ["runc", "--root", f"{folder}/state", "run", "--bundle", folder, f"kineograph-{os.getpid()}"]
        return subprocess.run(run).returncode


if __name__ == "__main__":
    sys.exit(main())
