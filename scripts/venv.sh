#!/usr/bin/env bash
# Makes a virtual environment with the newest supported Python found: venv.sh FOLDER. PYTHON=... picks one by hand.
set -euo pipefail
folder=$1

fits() { # fits PYTHON: is it there, and 3.11 or newer?
    command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
    fits "$python" || continue
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python has no venv module. Try: apt-get install python3-venv, or PYTHON=/path/to/another/python make ..." >&2
        exit 1
    fi
    echo "Making $folder with $("$python" --version)"
    "$python" -m venv "$folder"
    exit
done

echo "Kineograph needs Python 3.11 or newer; ${PYTHON:-python3} here is" \
    "$("${PYTHON:-python3}" --version 2>/dev/null || echo 'not found')." >&2
echo "Try: PYTHON=/path/to/python3.11 make ..." >&2
exit 1
