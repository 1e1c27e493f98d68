# Two commands: `make run` plays the sample with the real model, `make test` checks everything.
# Both set up what they need in .venv and build; but root gets Debian's dovecot-imapd and chromium-headless-shell
# installed by `make test`, if missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PINS := --constraint deploy/constraints.txt

.PHONY: run test bluesky test-bluesky check format bench clean

run: $(VENV)/.run
	$(BIN)/python bot.py run --config config.example.toml

test: $(VENV)/.dev check
	$(BIN)/python -m tests.counterparts.install
	$(BIN)/python -m pytest

# A real Bluesky server: 480 MB and four minutes the first time, and a C++ compiler, so it is a stage of its own.
bluesky: $(VENV)/.dev
	$(BIN)/python -m tests.bluesky.install

test-bluesky: bluesky
	$(BIN)/python -m pytest tests/bluesky

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
