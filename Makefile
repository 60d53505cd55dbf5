# make          set up .venv from the hash-pinned lock and run the main job on the built-in dataset
# make test     run the tests
# make lint     run the linters
# make coverage how much of the model the tests reach (kernels run as plain Python)
# make bench    print measured figures of this machine
# make clean    remove results and caches (not .venv)

PYTHON ?= python3.11
CORES ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run test lint coverage bench clean setup setup-dev
.DEFAULT_GOAL := run

setup: $(VENV)/.workflow
setup-dev: $(VENV)/.dev

$(VENV)/.workflow: envs/requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r envs/requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.workflow envs/requirements-dev.lock
	$(BIN)/pip install --quiet --require-hashes -r envs/requirements-dev.lock
	touch $@

run: setup
	snakemake --cores $(CORES)
	snakemake --report results/twin/report.html

test: setup-dev
	pytest

lint: setup-dev
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint

coverage: setup-dev
	NUMBA_DISABLE_JIT=1 pytest tests/unit/model --cov=proda.model --cov-fail-under=95

bench: setup
	python benchmarks/model.py
	python benchmarks/inputs.py
	python benchmarks/assimilation.py
	python benchmarks/gev.py
	python benchmarks/projection.py
	python benchmarks/learning.py

clean:
	rm -rf results .snakemake .cache .pytest_cache .hypothesis .ruff_cache
