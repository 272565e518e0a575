# The commands of the project. Each sets up what it needs; the second time that takes a second.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
ONLY ?=
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help demo test check check-rest bench lock format
help:
	@echo "make demo [PORT=8000]   a running studio with a simulated provider, and a first clip"
	@echo "make test               the tests that need no service"
	@echo "make check              all that CI checks"
	@echo "make bench [ONLY=name]  the benchmarks, each as a ratio against its reference"
	@echo "make lock               write the requirements files anew"

$(VENV): $(VENV)/.synced
$(VENV)/.synced: requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements-dev.txt
	@touch $@

demo: $(VENV)
	@PORT=$(PORT) exec $(BIN)/python -m studio.management.demo

test: $(VENV)
	@$(BIN)/python -m tests.run quick

check: test check-rest

check-rest: $(VENV)
	@$(BIN)/python -m tests.run rest

bench: $(VENV)
	@$(BIN)/python -m tests.run bench $(ONLY)

format: $(VENV)
	@$(BIN)/ruff check --quiet --fix . && $(BIN)/ruff format --quiet . && $(BIN)/djlint --quiet --reformat templates; true

lock:
	@$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 requirements-swift.in -o requirements-swift.txt
	@$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 requirements-aws.in -o requirements-aws.txt
