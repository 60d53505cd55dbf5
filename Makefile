# make          set up .venv from the hash-pinned lock and run the main job on the built-in dataset
# make study    the same with the likelihood of the study
# make test     run the tests
# make test-browser  open the explorer and the report in a browser (Chromium) and test them
# make lint     run the linters
# make docs     build the pages as a site below build/docs; broken links are errors
# make coverage how much of the model the tests reach (kernels run as plain Python)
# make bench    measure the performance of this machine
# make clean    remove results and caches (not .venv, not results/README.md)

PYTHON ?= python3.11
CORES ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
VENV := .venv
DOCS := .venv-docs
BIN := $(VENV)/bin
START := $(shell date +%s)
KERNELS := compile-trajectories compile-walks compile-years
# Only pinned packages: neither dependencies nor build tools that pip would look up itself.
INSTALL := $(BIN)/pip install --quiet --no-deps --no-build-isolation
export PATH := $(CURDIR)/$(BIN):$(PATH)

# Snakemake does not start without a cache folder that can be written: one here where HOME has none.
CACHE_HOME := $${XDG_CACHE_HOME:-$$HOME/.cache}
ifneq ($(shell mkdir -p "$(CACHE_HOME)" 2>/dev/null && test -w "$(CACHE_HOME)" && echo yes),yes)
export XDG_CACHE_HOME := $(CURDIR)/.cache
endif

.PHONY: run study test test-browser $(KERNELS) lint docs coverage bench clean setup setup-dev
.DEFAULT_GOAL := run

setup: $(VENV)/.workflow
setup-dev: $(VENV)/.dev

# The packages of the library alone come first: with them the tests compile kernels while the rest,
# which is large, is installed.
$(VENV)/.core: envs/build.lock envs/core.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	  "make: expected Python 3.11 or newer as '$(PYTHON)', found none: make PYTHON=/path/to/python3.11" \
	  >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --require-hashes -r envs/build.lock
	$(INSTALL) --require-hashes -r envs/core.lock
	$(INSTALL) --editable .
	touch $@

$(VENV)/.workflow: $(VENV)/.core envs/requirements.lock
	$(INSTALL) --require-hashes -r envs/requirements.lock
	$(BIN)/pip check
	touch $@

$(VENV)/.dev: $(VENV)/.workflow envs/requirements-dev.lock
	$(INSTALL) --require-hashes -r envs/requirements-dev.lock
	$(BIN)/pip check
	touch $@

$(VENV)/.browser: $(VENV)/.dev envs/requirements-browser.lock
	$(INSTALL) --require-hashes -r envs/requirements-browser.lock
	touch $@

run: setup
	snakemake --cores $(CORES)
	snakemake --report results/twin/report.html
	@proda summary results/twin --since $(START)

STUDY = dataset=twin_study 'assimilation={preset: study}' \
  'learning={target: mean, neural_network: {preset: paper}, random_forest: {target: run}, \
    hybrid: {error_model: run, profile_scatter: false, common_share: 0}}' \
  'random_sampling={sampling: marginal}'

study: setup
	snakemake --cores $(CORES) --config $(STUDY)
	snakemake --report results/twin_study/report.html --config $(STUDY)
	@proda summary results/twin_study --since $(START)

test:
	$(MAKE) --no-print-directory --jobs 4 setup-dev $(KERNELS)
	pytest --numprocesses 2 --no-loadscope-reorder --durations 15

test-browser: $(VENV)/.browser
	pytest -m browser tests/browser

# Behind the installation, which goes on in one process to the end.
$(KERNELS): compile-%: $(VENV)/.core
	nice $(BIN)/python tests/support/compile_kernels.py $*

lint: setup-dev
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check Snakefile workflow
	snakemake --lint

# A separate environment, without the packages of the tests.
$(DOCS)/.docs: envs/build.lock envs/requirements-docs.lock pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(subst $(BIN),$(DOCS)/bin,$(INSTALL)) --require-hashes -r envs/build.lock
	$(subst $(BIN),$(DOCS)/bin,$(INSTALL)) --require-hashes -r envs/requirements-docs.lock
	$(subst $(BIN),$(DOCS)/bin,$(INSTALL)) --editable .
	$(DOCS)/bin/pip check
	touch $@

docs: $(DOCS)/.docs
	rm -rf build/docs
	$(DOCS)/bin/sphinx-build --quiet --fail-on-warning --keep-going --conf-dir docs . build/docs
	@echo "build/docs/index.html"

coverage: setup-dev
	NUMBA_DISABLE_JIT=1 pytest tests/unit/model --cov=proda.model --cov-fail-under=95

bench: setup
	python benchmarks/imports.py
	python benchmarks/model.py
	python benchmarks/inputs.py
	python benchmarks/assimilation.py
	python benchmarks/gev.py
	python benchmarks/projection.py
	python benchmarks/learning.py

clean:
	rm -rf .snakemake .cache .pytest_cache .hypothesis .ruff_cache .mypy_cache build
	test ! -d results || find results -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
