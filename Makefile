# Everything a developer does, in one file. `make help` lists it.
VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
ENVOYLOG := $(BIN)/envoylog
DEMO   := build/demo

.DEFAULT_GOAL := help

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## parse the sample logs and answer three questions
	@mkdir -p $(DEMO)
	$(ENVOYLOG) parse --format envoy sample_logs/envoy.log -o $(DEMO)/envoy.parquet
	$(ENVOYLOG) parse --format istio sample_logs/istio.log -o $(DEMO)/istio.parquet
	$(ENVOYLOG) parse --format istio-json sample_logs/istio-json.log -o $(DEMO)/istio-json.parquet
	$(ENVOYLOG) parse --format sample_logs/gateway-text.format sample_logs/gateway-text.log -o $(DEMO)/gateway-text.parquet
	$(ENVOYLOG) parse --format sample_logs/gateway-json.format.json sample_logs/gateway-json.log -o $(DEMO)/gateway-json.parquet
	$(ENVOYLOG) ask errors-by-authority $(DEMO)/istio.parquet
	$(ENVOYLOG) ask latency-by-upstream-cluster $(DEMO)/istio.parquet
	$(ENVOYLOG) ask clients $(DEMO)/istio.parquet --limit 10
	@echo; echo "These files are yours to explore, for example with"
	@echo "  $(ENVOYLOG) sql $(DEMO)/istio.parquet 'select response_flags, count(*) from access group by 1'"
	@ls -1 $(DEMO)/*.parquet

test: $(VENV)/.developer ## run the whole test suite, the real Envoy included
	$(BIN)/python -m pytest -n 2 --dist loadfile -q

soak: $(VENV)/.developer ## ten minutes of hostile traffic through the real Envoy (ENVOYLOG_SOAK=minutes)
	ENVOYLOG_SOAK=$${ENVOYLOG_SOAK:-10} $(BIN)/python -m tests.hostile.soak

check: lint types layers test ## everything that must pass before a commit

lint: $(VENV)/.developer ## style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developer ## strict types
	$(BIN)/mypy

layers: $(VENV)/.developer ## the order of the rooms
	$(BIN)/lint-imports

docs: $(VENV)/.developer ## write the generated pages of docs/ anew
	$(BIN)/python docs/generate.py

notebook: $(VENV)/.notebook ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

notebooks: $(VENV)/.developer ## pair, run and render notebooks/*.py after a change
	$(BIN)/python docs/render_notebooks.py

format: $(VENV)/.developer ## lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

samples: $(VENV)/.developer ## let the real Envoy write sample_logs/ anew
	$(BIN)/python sample_logs/generate.py

bench: $(VENV)/.bench ## measure envoylog against its peers on small logs, in some minutes
	$(BIN)/python -m benchmarks.compare --lines 200000 --times 3 --into build/bench.json
	$(BIN)/python -m benchmarks.figures --lines 200000 --times 3 --into build/bench.json
	$(BIN)/python -m benchmarks.stages --lines 200000 --into build/bench.json
	$(BIN)/python -m benchmarks.tables build/bench.json

bench-full: $(VENV)/.bench ## the same on 2,000,000 lines; the results go to benchmarks/results/
	$(BIN)/python -m benchmarks.compare
	$(BIN)/python -m benchmarks.figures
	$(BIN)/python -m benchmarks.stages --join
	$(BIN)/python -m benchmarks.tables

clean: ## remove everything that these commands made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# Debian keeps ensurepip in a package of its own; root (a container, CI) may fetch it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "envoylog needs Python 3.11 or newer; try: make PYTHON=python3.12 …" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; } \
	  || { echo "this Python has no venv; try: sudo apt-get install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.developer: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@ $(VENV)/.installed

$(VENV)/.notebook: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[notebook]'
	@touch $@

$(VENV)/.bench: $(VENV)/.developer
	$(BIN)/python -m pip install --quiet --group bench
	@touch $@

.PHONY: bench bench-full help demo notebook notebooks test soak check lint types layers docs format samples clean
