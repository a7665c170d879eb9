# The few words that a developer types. `make help` lists them; each needs nothing typed before it.
PYTHON ?= python3
T ?= tests
ROLE ?= bulk
# Tests that need servers mostly wait for them: more processes than cores.
PROCESSES ?= 4
BIN := .venv/bin
INSTALLED := .venv/.installed
STACK := $(BIN)/python -m infra.standalone
# One thread of torch per process: they would only wait for each other.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help install run up down status worker check test test-faults test-mutants bench lint format clean

help:  ## Say what there is to type
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PHOTOCHROM_HOME (.photochrom) and PHOTOCHROM_PORT (8000) say where; two stacks can run side by side."

run: $(INSTALLED)  ## Start everything, colorize examples/, serve until Ctrl-C
	@$(STACK) run

up: $(INSTALLED)  ## Start everything in the background; returns when it is ready
	@$(STACK) up

down: $(INSTALLED)  ## Stop what `make up` or `make run` started
	@$(STACK) down

status: $(INSTALLED)  ## Say what runs, where it listens and where it logs
	@$(STACK) status || :

worker: $(INSTALLED)  ## One more worker for the running stack, until Ctrl-C; ROLE=bulk
	@$(STACK) worker --role $(ROLE)

check: lint  ## Check style, types, imports, and all tests that need no server; 90 seconds
	$(PYTEST) -n auto -m "not server and not slow"

test: $(INSTALLED)  ## Run the tests, all but the slow ones; T=tests/worker runs a part
	$(PYTEST) -n $(PROCESSES) --durations 10 -m "not slow" $(T)

test-faults: $(INSTALLED)  ## Kill, freeze and starve everything, the slow way too; FAULTS_SEED=… repeats a run
	$(BIN)/pytest -m faults tests/faults

test-mutants: $(INSTALLED)  ## Break ten promises of the service in a copy of it; the fault suite must notice each
	$(BIN)/python -m tests.mutants

bench: $(INSTALLED)  ## Measure speed and size into docs/performance.md, ten minutes; FULL=--full, an hour
	$(BIN)/python -m benchmarks --write $(FULL)

lint: $(INSTALLED)  ## Check style, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)  ## Put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

install: $(INSTALLED)  ## Make .venv with everything in it; the other words do it by themselves

clean:  ## Remove .venv and the caches; the data folder and the results stay
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Touched last: an installation that was interrupted is taken up again.
$(INSTALLED): pyproject.toml client/pyproject.toml client/photochrom/_version.py
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "Installing into .venv; the first time takes minutes, because torch is large."
	@$(PYTHON) -m venv .venv
	@# The root was once a distribution named photochrom; its leftovers would hide the client's command.
	@$(BIN)/pip uninstall --quiet --quiet --disable-pip-version-check --yes photochrom
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable ./client --editable '.[dev]'
	@touch $@
