# Every target sets up what it needs in $(VENV); a second call installs nothing unless the pins have changed.
#   make demo PYTHON=python3.12     another interpreter
#   make test ARGS="-k seeds -x"    further arguments of the command that a target runs

VENV      ?= .venv
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON    ?= $(or $(shell for name in python3 python3.13 python3.12 python3.11; do \
                 $$name -c '$(SUPPORTED)' 2>/dev/null && echo $$name && break; done),python3)
WORKERS   ?= 2
ARGS      ?=

BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
PINS := constraints.txt pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help demo demo-text test check format bench constraints clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(VENV)/.run ## the leakage study on synthetic speech, from waveforms to report.html
	$(BIN)/fedser run configs/demo.yaml $(ARGS)

demo-text: $(VENV)/.run ## six models of valence on MELD, what they leak and what their explanations rest on (FEDSER_DATA=DIR)
	$(BIN)/fedser run configs/text/meld.yaml $(ARGS)

test: $(VENV)/.test ## all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pre-commit validate-config

format: $(VENV)/.dev ## rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.run ## seconds per round and client update beside a plain loop (ARGS=all: everything)
	$(BIN)/fedser bench $(ARGS)

clean: ## remove what make has made (never runs/)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- the virtual environment: one stamp file for each set of packages, the larger ones containing the smaller

$(VENV)/bin/python:
	@$(PYTHON) -c '$(SUPPORTED)' || { \
	    echo "fedser needs Python 3.11, 3.12 or 3.13, but '$(PYTHON) --version' says: $$($(PYTHON) --version 2>&1)." \
	         "Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "[1/3] virtual environment $(VENV) ($$($(PYTHON) --version))"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# First and by itself, so that whichever build of the pinned torch is already to be had (CPU, CUDA) is the one taken.
$(VENV)/.torch: constraints.txt | $(VENV)/bin/python
	@echo "[2/3] $$(grep '^torch==' constraints.txt) (the largest download)"
	@$(PIP) install -c constraints.txt torch
	@touch $@

$(VENV)/.run: $(PINS) $(VENV)/.torch
	@echo "[3/3] fedser and the packages it runs with"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.test: $(PINS) $(VENV)/.torch
	@echo "[3/3] fedser and the packages it runs and is tested with"
	@$(PIP) install -c constraints.txt -e '.[test]'
	@touch $(VENV)/.run $@

$(VENV)/.dev: $(PINS) $(VENV)/.torch
	@echo "[3/3] fedser and the packages it runs, is tested and is checked with"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $(VENV)/.run $(VENV)/.test $@

# --- the pins: resolve everything anew in a throw-away environment; to move torch, edit its line first

constraints: FRESH := build/constraints
constraints: ## renew constraints.txt from the ranges in pyproject.toml
	rm -rf $(FRESH)
	$(PYTHON) -m venv $(FRESH)
	$(FRESH)/bin/python -m pip install -qq "$$(grep '^torch==' constraints.txt)"
	$(FRESH)/bin/python -m pip install -qq -e '.[dev]'
	{ sed -n '/^#/p' constraints.txt; \
	  $(FRESH)/bin/python -m pip freeze --all --exclude-editable --exclude pip | sed 's/+.*//'; } > $(FRESH)/constraints.txt
	mv $(FRESH)/constraints.txt constraints.txt
	rm -rf $(FRESH)
