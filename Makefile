# Everything the day needs. A fresh machine needs python3 (3.11 or newer) and make; `make setup` does the rest.

PYTHON ?= python3
BIN := .venv/bin
TPC := .venv-tpc
PYTEST := $(BIN)/pytest
LOCK := .venv-uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --annotation-style line

# The fast set says within a minute whether something broke; the rest follows.
FAST := not spark and not bench and not slow
REST := slow and not spark and not bench

# Where tests, demo and benchmarks find the data generator and the TPC texts.
export BOATHOUSE_TPC := $(CURDIR)/$(TPC)

.DEFAULT_GOAL := help
.PHONY: help setup demo test fast check format faults bench sanitize bless capture differential nightly conformance parity docs lock clean

help:            ## Say what there is to do
	@grep -hE '^[a-z]+: .*## |^[a-z]+: +## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

# ---- environments: each is stamped, so that asking again is instant ----

setup: .venv/.stamp data/.native  ## Make .venv: locked requirements, Boathouse itself editable

.venv-uv/.stamp: requirements/uv.txt tools/environment
	@tools/environment uv .venv-uv "$(PYTHON)"

.venv/.stamp: requirements/dev.txt pyproject.toml .venv-uv/.stamp
	@tools/environment sync .venv requirements/dev.txt "$(PYTHON)"
	@.venv-uv/bin/uv pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

# Functions in C, where there is a compiler; without them the same answers take longer.
NATIVE := src/boathouse/duck/native
data/.native: $(wildcard $(NATIVE)/*.c $(NATIVE)/*.h $(NATIVE)/build.py) .venv/.stamp
	@$(BIN)/python -m boathouse.duck.native.build
	@mkdir -p data && touch $@

.venv-%/.stamp: requirements/%.txt .venv-uv/.stamp
	@tools/environment sync .venv-$* $< "$(PYTHON)"
	@touch $@

# ---- the day ----

demo: setup $(TPC)/.stamp  ## TPC-H and a look at real flights, through PySpark
	$(BIN)/boathouse demo

data/tpc/.stamp: tests/tpc/generate.py $(TPC)/.stamp
	@echo "Generating: TPC-H and TPC-DS data in data/tpc"
	@$(TPC)/bin/python $< && touch $@

test: setup .venv-delta/.stamp .venv-delta-client/.stamp $(if $(wildcard tests/tpc/generate.py),data/tpc/.stamp)  ## The fast set first, then everything that needs no JVM
	$(PYTEST) -m "$(FAST)"
	$(PYTEST) -m "$(REST)" || [ $$? -eq 5 ]

fast: setup  ## The fast set alone
	$(PYTEST) -q -m "$(FAST)"

check: setup  ## Format, lint, types, layers
	@failed=0; for tool in "ruff format --check ." "ruff check ." basedpyright lint-imports; do \
	    echo "== $$tool"; $(BIN)/$$tool || failed=1; done; exit $$failed

format: setup  ## Let ruff put things in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

sanitize: setup  ## The C functions under the address and undefined behaviour sanitizers
	@mkdir -p data/sanitized
	$(BIN)/python -m boathouse.duck.native.build --required --sanitize data/sanitized
	BOATHOUSE_NATIVE=$(CURDIR)/data/sanitized/boathouse_native.duckdb_extension \
	    ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD="$$(cc -print-file-name=libasan.so) $$(cc -print-file-name=libstdc++.so)" \
	    $(PYTEST) -q tests/duck/test_native.py

faults: setup .venv-delta/.stamp  ## Kill 200 writers of Delta tables, race processes, fill disks
	FAULT_KILLS=200 $(PYTEST) -q tests/faults

bench: setup .venv-bench/.stamp  ## Side by side with raw DuckDB, Polars, Sail and, where Java is, Spark
	$(BIN)/python -m tests.bench

bless: setup  ## Rewrite the expected plans of tests/plan and tests/rewrite; review the diff
	$(PYTEST) -q tests/plan tests/rewrite --bless

capture: .venv-spark/.stamp  ## Ask a real Spark (needs Java 17) for the answers of changed .test files
	.venv-spark/bin/python -m tests.spark.capture $(FILES)

differential: setup .venv-spark/.stamp  ## Compare with a living Spark: tests, then random statements (CASES=3000 SEED=1)
	$(PYTEST) -m spark
	$(BIN)/python -m tests.differential --cases $(or $(CASES),3000) --seed $(or $(SEED),1)

nightly: faults sanitize  ## What takes hours: kills, sanitizers, 20,000 random statements beside a living Spark
	$(MAKE) differential CASES=20000

conformance: setup  ## PySpark's own examples, from the installed client's documentation, counted
	$(BIN)/python -m tests.conformance $(MODULES)

parity: setup .venv-spark/.stamp  ## Run every example that Spark documents on both sides (needs Java 17)
	$(BIN)/python -m tests.differential.examples $(if $(ONLY),--all --only '$(ONLY)')

docs: setup  ## Write the generated pages: functions, settings, coverage
	$(BIN)/python -m tools.pages

# ---- once in a while ----

lock: .venv-uv/.stamp  ## Resolve the locks in requirements/ anew (UPGRADE=--upgrade for newest)
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements/runtime.txt
	for name in uv dev tpc spark bench delta; do \
	    $(LOCK) $(UPGRADE) requirements/$$name.in -o requirements/$$name.txt || exit 1; done

clean:  ## Remove environments, generated data, caches and build outputs
	rm -rf .venv .venv-* data .hypothesis .import_linter_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
