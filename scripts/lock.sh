#!/usr/bin/env bash
# Pins what pyproject.toml asks for: requirements/*.txt, with hashes, for every platform and Python from 3.11 on.
# The files name no index and no address: pip takes each package from wherever the reader's pip is set to look.
# Run it (`make lock`) after a change of dependencies, or with --upgrade to move the pins.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v uv >/dev/null || { .venv/bin/pip install --quiet uv && PATH=$PWD/.venv/bin:$PATH; }

compile() { # compile FILE UV-ARGUMENT...
    local file=requirements/$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@" -o "$file"
    echo "$file: $(grep -c == "$file") packages"
}

compile dev.txt pyproject.toml --group dev "$@"
# The smaller sets hold the very versions that were tested: the full set constrains them.
compile cpu.txt pyproject.toml --constraints requirements/dev.txt "$@"
compile build.txt --group build --constraints requirements/dev.txt "$@"
compile cuda12.txt pyproject.toml --extra cuda12 --constraints requirements/dev.txt "$@"
compile cuda13.txt pyproject.toml --extra cuda13 --constraints requirements/dev.txt "$@"
compile node.txt --group node "$@"
