# Kineograph: `make run` to use it, `make test` to check it, `make help` for everything else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup frontend run test test-python test-frontend test-gpu check format generate bench bench-load bench-program chaos lock wheel screenshots clean

HOST ?= 127.0.0.1
PORT ?= 8000
# What pytest is told: make test-python PYTEST_ARGS='tests/engine -x'
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check
NPM := PYTHON=$(CURDIR)/$(BIN)/python ../scripts/with-node.sh npm
MODULES := frontend/node_modules/.package-lock.json
PAGE := frontend/dist/index.html
PAGE_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/test*/*' 2>/dev/null)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'

# ------------------------------------------------------------------------------------------------ set-up
# A stamp is newer than what it was made from, so a second `make` does nothing.

$(STAMPS)/venv:
	scripts/venv.sh $(VENV)
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements/cpu.txt requirements/build.txt pyproject.toml hatch_build.py | $(STAMPS)/venv
	$(PIP) install --quiet --require-hashes -r requirements/cpu.txt -r requirements/build.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/run
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	touch $@

$(MODULES): frontend/package.json frontend/package-lock.json | $(STAMPS)/venv
	cd frontend && $(NPM) ci --ignore-scripts --no-audit --no-fund
	touch $@

$(PAGE): $(MODULES) $(PAGE_SOURCES)
	cd frontend && $(NPM) run build
	touch $@

setup: $(STAMPS)/dev $(MODULES) ## everything that development needs, in .venv and frontend/node_modules

frontend: $(PAGE) ## build the page

# ------------------------------------------------------------------------------------------------ use

run: $(STAMPS)/run $(PAGE) ## set up, build and serve at http://127.0.0.1:8000 (PORT=... changes it)
	exec $(BIN)/kineograph serve --host $(HOST) --port $(PORT)

# ------------------------------------------------------------------------------------------------ check

test: check test-frontend test-python ## set up and run every check and every test, a real browser included

test-python: $(STAMPS)/dev $(PAGE) ## pytest: engine, server, packaging and the page in Chromium
	CHROMIUM="$$(scripts/chromium.sh)"; export CHROMIUM; $(BIN)/python -m pytest $(PYTEST_ARGS)

test-frontend: $(STAMPS)/run $(MODULES) ## the page's unit tests
	cd frontend && $(NPM) test

test-gpu: ## tests/gpu on a real GPU, with .venv or, where there is none, the machine's own Python
	"$$(command -v $(BIN)/python || command -v python3)" -m pytest -o addopts=--import-mode=importlib tests/gpu $(PYTEST_ARGS)

check: $(STAMPS)/dev $(MODULES) ## format, lint, types, known vulnerabilities; generated files are current
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python scripts/audit.py
	cd frontend && $(NPM) run lint && $(NPM) run types && $(NPM) test -- test/unit/schema.test.js

format: $(STAMPS)/dev $(MODULES) ## format Python and JavaScript, and mend what the linters can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd frontend && $(NPM) run format

generate: $(STAMPS)/run $(MODULES) ## write the files made from others: the event types, docs/supported.md, names for the editor
	cd frontend && $(NPM) run schema
	$(BIN)/python scripts/supported_names.py

bench: $(STAMPS)/dev ## time the engine bare and traced, beside PyTorch where it is installed
	$(BIN)/python -m bench.engine

bench-program: $(STAMPS)/dev ## define by run against define and run, into docs/define-and-run.md
	$(BIN)/python -m bench.program --write docs/define-and-run.md

bench-load: $(STAMPS)/dev ## the server under load: a full hall, many starts, hostile scripts; writes docs/load.md
	$(BIN)/python -m bench.load

chaos: $(STAMPS)/dev ## kill -9 of scripts, fork server and server at a hundred random moments
	KINEOGRAPH_CHAOS=100 $(BIN)/python -m pytest tests/server/test_chaos.py

# ------------------------------------------------------------------------------------------------ make

wheel: $(STAMPS)/run $(PAGE) ## dist/kineograph-*.whl, the page inside
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock: | $(STAMPS)/venv ## pin the Python dependencies anew (LOCK_ARGS=--upgrade moves the pins)
	scripts/lock.sh $(LOCK_ARGS)

screenshots: $(STAMPS)/dev $(PAGE) ## the pictures in docs/images, taken from the running product
	CHROMIUM="$$(scripts/chromium.sh)"; export CHROMIUM; $(BIN)/python scripts/screenshots.py

clean: ## remove all that was installed or built; runs and sources stay
	rm -rf $(VENV) frontend/node_modules frontend/dist build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
