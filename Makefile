# `make` alone lists what there is to do. Every target sets up what it needs, once.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
export PATH := $(CURDIR)/.tools/bin:$(BIN):$(PATH)

INSTALLED := .venv/.installed

.PHONY: help
help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup tools  ## Watch a rule fire, reach Slack's stand-in and resolve (DEMO_SECONDS=90: ends by itself)
	@exec setpriv --pdeathsig TERM python -m demo

.PHONY: test
test: setup tools  ## Lint, types, import rules and tests with coverage: what CI runs
	@tools/install-postgresql.sh
	@tools/install-cpp.sh
	@tools/test.sh $(ARGS)

.PHONY: test-slow
test-slow: setup tools  ## The long proofs
	@tools/install-postgresql.sh
	@tools/install-cpp.sh
	pytest -m slow $(ARGS)

.PHONY: lint
lint: setup  ## Only ruff, mypy and import-linter
	@tools/lint.sh

.PHONY: format
format: setup  ## Format the code, and mend what ruff can
	ruff check --fix-only
	ruff format

.PHONY: golden
golden: setup tools  ## Write the golden files anew; look at the diff before you commit it
	UPDATE_GOLDEN=1 pytest -q $$(grep -rl UPDATE_GOLDEN tests --include='test_*.py')
	git diff --stat -- tests

.PHONY: docs
docs: setup  ## Write the pages of docs/ that are made from the schema and the code
	python tools/reference_pages.py

.PHONY: bench
bench: setup tools  ## Measure beside promtool, Alertmanager's notifier, ...: docs/benchmarks (ARGS=lint: only that)
	@tools/install-cpp.sh
	@tools/install-postgresql.sh
	@exec setpriv --pdeathsig TERM python -m bench $(ARGS)

.PHONY: dashboards
dashboards: setup  ## Write the Grafana dashboards anew from rules/
	python -m dashboards build

.PHONY: screenshot
screenshot: setup tools tools-test  ## Take the pictures of the docs: from a running demo, and one of each message
	python -m demo.screenshot docs/images/sandbox.png
	python tools/message_pictures.py docs/images

.PHONY: setup
setup: $(INSTALLED)  ## Make .venv and install the project in it (PYTHON=... chooses the interpreter)

$(INSTALLED): pyproject.toml constraints.txt tools/setup-python.sh
	@PYTHON="$(PYTHON)" tools/setup-python.sh
	@touch $@

.PHONY: tools
tools:  ## Find or fetch Prometheus, Alertmanager and the exporters into .tools
	@tools/fetch-programs.sh

.PHONY: tools-test
tools-test:  ## Install what only tests and screenshots need (Chromium; needs root)
	@tools/install-chromium.sh

.PHONY: constraints
constraints:  ## Renew constraints.txt: the newest versions that work together
	@PYTHON="$(PYTHON)" tools/renew-constraints.sh

.PHONY: clean
clean:  ## Remove everything that make made
	rm -rf .venv .tools demo-state compiled dist build htmlcov .coverage* coverage.xml \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
