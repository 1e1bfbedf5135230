#!/usr/bin/env bash
# Prints the path of a Chromium that starts: $CHROMIUM, the machine's, Playwright's own, or (Debian, as root) one just installed.
set -euo pipefail
cd "$(dirname "$0")/.."

starts() { # starts BROWSER: a browser without its libraries is there, but does not start
    [[ -n $1 ]] && "$1" --version >/dev/null 2>&1
}

offer() { # offer BROWSER: print its path and stop, if it starts
    local path
    path=$(command -v "$1") && starts "$path" && echo "$path" && exit 0
    return 0
}

playwright_path() {
    .venv/bin/python -c 'from playwright.sync_api import sync_playwright as start
with start() as playwright: print(playwright.chromium.executable_path)'
}

if [[ -n ${CHROMIUM:-} ]]; then
    offer "$CHROMIUM"
    echo "CHROMIUM=$CHROMIUM does not start." >&2
    exit 1
fi
for browser in chromium chromium-browser google-chrome google-chrome-stable; do
    offer "$browser"
done
offer "$(playwright_path)"

echo "No browser here yet: asking Playwright for one" >&2
timeout 300 .venv/bin/playwright install chromium >&2 || true
offer "$(playwright_path)"

if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "Asking apt-get for one" >&2
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium; } >&2 || true
    offer chromium
fi

echo "The page's tests need Chromium, and none could be found or installed." >&2
echo "Try: install Chromium or Chrome, or CHROMIUM=/path/to/chromium make test" >&2
exit 1
