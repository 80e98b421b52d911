# Every command of the template; `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo picture render test test-fast test-attacks test-workflows lint format pins release-notes freeze newer tables clean

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
PYTHON ?= python
else
BIN := .venv/bin
PYTHON ?= python3
endif
CODE := idea hooks ml_repo_review fleet course scripts tests examples benchmarks docs
# The tools of .venv come first, uv among them; the caller's own environment stays out of it.
# On Windows a make of Windows' own parts PATH with semicolons, and that of MSYS2 with colons.
export PATH := $(CURDIR)/$(BIN)$(if $(findstring ;,$(PATH)),;,:)$(PATH)
unexport VIRTUAL_ENV PYTHONDONTWRITEBYTECODE PYTHONPATH

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.done: pyproject.toml
	@echo "Making .venv (about 20 seconds the first time)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group dev
	@touch $@

setup: .venv/.done ## make .venv with what the template's own tests need

demo: setup ## render the bundled example, train it, promote its model (a minute or two)
	@$(BIN)/python examples/demo.py

picture: setup ## make docs/picture.png anew, from what `make demo` left (needs Chromium)
	@$(BIN)/uv run --quiet --no-project --python $(BIN)/python --with playwright --with pygments python -m docs.picture

render: setup ## render the bundled example into .demo, to look at
	@rm -rf .demo
	@$(BIN)/cookiecutter --no-input --default-config --output-dir .demo .

lint: setup ## check style, types and the direction of imports
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

format: setup ## format the code
	@$(BIN)/ruff check --fix-only --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)

test-fast: setup ## the tests that only render (under two minutes)
	@$(BIN)/pytest -m "not slow" -n 2

test-attacks: setup ## only the attacks on a repo in production
	@$(BIN)/pytest tests/attacks -n 2

test-workflows: setup ## only the workflows of a rendered repository, executed
	@$(BIN)/pytest tests/test_github.py

test: lint ## all tests: renders, then runs what was rendered
	@$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder --durations 25

pins: setup ## actions and images that have newer releases (ARGS=--fix takes them)
	@$(BIN)/python scripts/pins.py $(ARGS)

release-notes: ## what CHANGELOG.md says of this version
	@$(PYTHON) scripts/release_notes.py

freeze: render ## write down the newest versions that the tests meet, here and in a rendered repository
	@mkdir -p .versions
	@$(BIN)/uv pip freeze --python $(BIN)/python > .versions/part
	@$(BIN)/uv pip compile --quiet --no-header --no-annotate --all-extras .demo/my-model/pyproject.toml >> .versions/part
	@mv .versions/part .versions/now.txt

tables: setup ## what becomes of real tables, from the registry, into docs/tables.md (minutes)
	@$(BIN)/python -m benchmarks.tables

newer: ## what is newer than in the last green night
	@$(PYTHON) scripts/newer.py .versions/green.txt .versions/now.txt

clean: ## remove what make made
	rm -rf .venv .demo .versions .pytest_cache .mypy_cache .ruff_cache
