# Two commands: `make run` plays the sample with the real model, `make test` checks everything.
# Both set up what they need in .venv; nothing else is touched.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PINS := --constraint deploy/constraints.txt

.PHONY: run test check format bench clean

run: $(VENV)/.run
	$(BIN)/python bot.py run --config config.example.toml

test: $(VENV)/.dev check
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.pipeline

clean:
	rm -rf $(VENV) build

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Overheard needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

# torch goes first and pinned, so that a small CPU build is taken where the package index offers one.
$(VENV)/.run: pyproject.toml deploy/constraints.txt | $(VENV)/bin/python
	$(PIP) install torch==2.13.0
	$(PIP) install $(PINS) --editable .
	touch $@

$(VENV)/.dev: pyproject.toml deploy/constraints.txt | $(VENV)/bin/python
	$(PIP) install torch==2.13.0
	$(PIP) install $(PINS) --editable '.[dev]'
	touch $@ $(VENV)/.run
