# Two commands to begin with: `make demo` serves a prefecture, `make test` proves the house stands.
# Everything a target needs is made once and remembered by a stamp under .venv; `make clean` forgets all of it.

VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet --quiet
INSTALL := $(PIP) install --no-deps --require-hashes --no-compile
WORKERS ?= 2
# Each worker goes through its part in order, so that what a file needs is made once; whoever is done helps the other.
PYTEST := $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal
export TIANQU_PYTHON ?=

.DEFAULT_GOAL := help
.PHONY: help setup development demo test test-all test-machine-postgresql bench lint audit wheel assets translations clean machine

help:
	@echo "make demo      set up if needed, then serve the prefecture of Dezhou with invented people"
	@echo "make test      the tests that take less than 10 minutes (make test-all: also the slow and the browser ones)"
	@echo "make test-machine-postgresql   make test, on this machine's own PostgreSQL"
	@echo "make bench     the measurements of docs, as ratios"
	@echo "make lint      ruff, mypy, import rules, migrations, translations"
	@echo "make setup     the virtual environment, page assets and translations only"
	@echo "make wheel     a wheel with its page assets, in dist/"
	@echo "make audit     known vulnerabilities in the locked dependencies"
	@echo "make clean     remove everything that was made, except var/ (your data)"

$(VENV)/bin/python:
	@python=$$(tools/python.sh $(MAKECMDGOALS)) && echo "Making .venv with $$python" && "$$python" -m venv $(VENV)

$(VENV)/runtime.stamp: requirements/build.lock requirements/runtime.lock | $(VENV)/bin/python
	@echo "Installing what Tianqu runs on (pinned, by hash)"
	@$(INSTALL) -r requirements/build.lock -r requirements/runtime.lock
	@touch $@

$(VENV)/development.stamp: requirements/development.lock $(VENV)/runtime.stamp
	@echo "Installing what tests and checks need beside it (pinned, by hash)"
	@$(INSTALL) -r requirements/development.lock
	@touch $@

$(VENV)/project.stamp: pyproject.toml $(VENV)/runtime.stamp
	@$(PIP) install --no-deps --no-build-isolation --no-compile --editable .
	@touch $@

# Needs only the standard library, so it runs beside pip.
$(VENV)/assets.stamp: package-lock.json tools/assets.py | $(VENV)/bin/python
	@$(BIN)/python tools/assets.py
	@touch $@

$(VENV)/translations.stamp: $(shell find tianqu -name '*.po') tools/translations.py $(VENV)/project.stamp
	@$(BIN)/python tools/translations.py --compile
	@touch $@

assets: $(VENV)/assets.stamp
translations: $(VENV)/translations.stamp

# Python packages and page assets arrive side by side.
setup:
	@$(MAKE) --silent --no-print-directory -j2 $(VENV)/project.stamp $(VENV)/assets.stamp
	@$(MAKE) --silent --no-print-directory $(VENV)/translations.stamp

development: setup
	@$(MAKE) --silent --no-print-directory $(VENV)/development.stamp

demo: setup
	@$(BIN)/tianqu demo

test: development
	@$(PYTEST) -m "not slow and not browser"

# Spark, for what is computed by both engines; the lock is its own, and nothing else is tested with it. It needs Java, which
# `make machine` installs; without it these tests are skipped and say so.
$(VENV)/spark.stamp: requirements/spark.lock $(VENV)/development.stamp
	@echo "Installing Spark, which some slow tests compare with"
	@$(INSTALL) -r requirements/spark.lock
	@touch $@

# What asks the cluster runs in one process, so that it is started once.
test-all: development $(VENV)/spark.stamp
	@$(PYTEST) --dist loadgroup

# The same on the newest PostgreSQL that is installed on this machine, instead of the one that comes along.
test-machine-postgresql: development
	@folder=$$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -V | tail -1); \
		[ -n "$$folder" ] || { echo "There is no PostgreSQL in the usual places of this machine." >&2; exit 1; }; \
		TIANQU_POSTGRES_BIN=$$folder $(PYTEST) -m "not slow and not browser"

bench: development
	@$(BIN)/python -m benchmarks

lint: development
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/migrations.py
	@$(BIN)/python tools/translations.py --check
	@$(BIN)/python tools/reported.py --check

audit: development
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements/runtime.lock

wheel: setup
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@ls -l dist/*.whl

machine:
	@tools/machine.sh

clean:
	@rm -rf $(VENV) node_modules build dist tianqu/web/static/vendor .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis *.egg-info
	@find tianqu -name '*.mo' -delete
	@find tianqu tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
