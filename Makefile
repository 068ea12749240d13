# Everything this project does from a command line. Needs Python 3.11, pip and make; the rest it sets up itself.
#
#   ARGS   passed on to demo, test and journey:   make test ARGS="tests/domain -q"
#   BENCH  which benchmarks to run:               make bench BENCH=rules,calls
#   ROWS   of the bench search:                   make bench BENCH=search ROWS=10000000
#   SEED, ROWS, DURATION, BACKLOG of a chaos run: make chaos SEED=7 ROWS=3000 DURATION=150 BACKLOG=empty

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := $(BIN)/uv

# Take the interpreter that is here; never download one.
export UV_PYTHON_DOWNLOADS := never
# Without its byte code the Genesys SDK takes 15 seconds to import instead of 4.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset demo-stop test check journey bench faults chaos mutants lock

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.ready  ## Run everything on a simulated contact centre; Ctrl-C stops it, the data stays
	@$(BIN)/python manage.py demo $(ARGS)

demo-reset: .venv/.ready  ## Run the demo afresh, without what it had
	@$(BIN)/python manage.py demo --reset $(ARGS)

demo-stop: .venv/.ready  ## Stop a demo that runs elsewhere, or what a killed one left behind
	@$(BIN)/python manage.py demo --stop

test: .venv/.ready  ## Run all tests, on services of their own
	@$(BIN)/python -m pytest $(ON_ALL_CORES) $(ARGS)

# Each process has a database, a broker and a simulator of its own, and waits for them now and then: so one more than
# there are cores, and four at the most.
ON_ALL_CORES = --numprocesses $(shell $(BIN)/python -c "import os; print(min(4, os.cpu_count() + 1))") --dist worksteal

journey: .venv/.ready  ## Do the main job once without a browser, and print one JSON line about it
	@$(BIN)/python manage.py journey $(ARGS)

bench: .venv/.ready .venv/.bench  ## Measure; one JSON line a figure
	@$(BIN)/python -m benchmarks $(if $(BENCH),$(subst $(comma), ,$(BENCH))) $(SEARCHED) $(ARGS)

# Only where somebody says so: a chaos run has rows of its own.
SEARCHED = $(if $(and $(filter search,$(subst $(comma), ,$(BENCH))),$(filter command environment,$(ROWS_FROM))),--assignments $(ROWS))
ROWS_FROM := $(origin ROWS)

faults: .venv/.ready  ## Run every fault there is a test for, those that take minutes too
	@$(BIN)/python -m pytest tests/faults -m "long or not long" $(ARGS)

SEED ?= 1
ROWS ?= 60
DURATION ?= 20
BACKLOG ?= deep
chaos: .venv/.ready  ## Kill, freeze and starve it while it works, by a seed; prints one JSON line
	@$(BIN)/python manage.py chaos --seed $(SEED) --rows $(ROWS) --duration $(DURATION) --backlog $(BACKLOG)

mutants: .venv/.ready  ## Put known faults into a copy of the code, and see that the tests notice each
	@$(BIN)/python -m tests.mutants $(ARGS)

check: .venv/.ready  ## Lint, types, import contracts, migrations, production settings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --strict wrapups/domain
	$(BIN)/lint-imports
	@# The models against the migrations; what some database has applied is not asked.
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy, as in production"
	@$(AS_IN_PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

# Keys made up for one command; they encrypt nothing.
AS_IN_PRODUCTION = DEBUG=false PUBLIC_URL=https://wrapups.example.com TRUST_FORWARDED_PROTO=true \
	SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	FIELD_KEYS="$$($(BIN)/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')" \
	DATABASE_URL=postgresql://wrapups@db.example.com/wrapups REDIS_URL=rediss://redis.example.com/0

comma := ,

# --- Set-up ----------------------------------------------------------------------------------------------------------

.venv/bin/uv: requirements/uv.lock
	@echo "Setting up: virtual environment"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/uv.lock
	@touch $@

.venv/.ready: .venv/bin/uv requirements/development.lock
	@echo "Setting up: packages"
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes requirements/development.lock requirements/uv.lock
	@touch $@

.venv/.bench: .venv/.ready requirements/bench.lock
	@$(UV) pip install --quiet --require-hashes --requirement requirements/bench.lock
	@touch $@

# Names, versions and hashes only: a lock must work with any index or mirror, so it carries no address of one.
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

lock: .venv/bin/uv  ## Choose newer versions of the dependencies: make lock ARGS=--upgrade
	$(COMPILE) $(ARGS) pyproject.toml --output-file requirements/runtime.lock
	$(COMPILE) $(ARGS) --constraint requirements/runtime.lock --extra sentry --extra otel \
		pyproject.toml --output-file requirements/telemetry.lock
	$(COMPILE) $(ARGS) --constraint requirements/runtime.lock --group laptop --group test --group lint \
		pyproject.toml --output-file requirements/development.lock
	$(COMPILE) $(ARGS) --constraint requirements/development.lock --group laptop --group test --group lint --group bench \
		pyproject.toml --output-file requirements/bench.lock
