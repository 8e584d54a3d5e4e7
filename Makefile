# Needs Python 3.11 or newer, make and the package registries. Everything else is installed into .venv.
PYTHON ?= python3
# Of `make test`: a third of the time of tests is waiting, so two cores take three of them.
PROCESSES ?= 3
VENV := .venv
BIN := $(VENV)/bin
# The Dockerfile installs the same, though not to be edited; tests/test_packaging.py compares the lines.
INSTALL := pip install --editable ".[cpu]"
ARGS ?=
# Some machines forbid Python to keep compiled modules; then every process that is started compiles them all anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-long lint format docs pictures bench export peers peers-ultralytics clean help

help:
	@echo "make demo   count a real camera view, see it at http://127.0.0.1:8080 (ARGS=--once prints a table and ends)"
	@echo "make test   all tests          make lint   style and types"
	@echo "make bench  accuracy and throughput on the bundled footage      make docs   the generated pages"

$(VENV)/run.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m $(INSTALL)
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --editable ".[cpu,dev]"
	@touch $@

demo: $(VENV)/run.stamp
	@exec $(BIN)/parvis demo $(ARGS)

test: $(VENV)/dev.stamp
	@exec $(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder -m "not gpu and not long" $(ARGS)

test-long: $(VENV)/dev.stamp
	@exec $(BIN)/python -m pytest -m long $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The pages that follow from the code: docs/configuration.md and docs/cli.md.
docs: $(VENV)/run.stamp
	$(BIN)/python -m docs.generate

# The pictures of docs/pages.md, taken of the running demonstration; needs Debian's Chromium.
pictures: $(VENV)/dev.stamp
	$(BIN)/python -m docs.pictures $(ARGS)

bench: $(VENV)/run.stamp
	$(BIN)/parvis bench accuracy
	$(BIN)/parvis bench throughput

# Ultralytics and PyTorch stay in an environment of their own (they bring another OpenCV).
.venv-export/stamp: pyproject.toml
	$(PYTHON) -m venv .venv-export
	.venv-export/bin/python -m pip install ".[export]"
	@touch $@

export: .venv-export/stamp
	@test -n "$(WEIGHTS)" || { echo "usage: make export WEIGHTS=path/to/model.pt" >&2; exit 2; }
	@exec .venv-export/bin/python -m models.export $(WEIGHTS) $(ARGS)

# Other systems, to compare with; their environment is kept apart too.
peers: .venv-peers/stamp

.venv-peers/stamp: benchmarks/peers/requirements.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --requirement benchmarks/peers/requirements.txt
	@touch $@

peers-ultralytics: .venv-peers-ultralytics/stamp

.venv-peers-ultralytics/stamp: benchmarks/peers/requirements-ultralytics.txt
	$(PYTHON) -m venv .venv-peers-ultralytics
	.venv-peers-ultralytics/bin/python -m pip install --requirement benchmarks/peers/requirements-ultralytics.txt
	@touch $@

clean:
	rm -rf $(VENV) .venv-export .venv-peers .venv-peers-ultralytics .pytest_cache .mypy_cache .ruff_cache .parvis out build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
