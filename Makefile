# Everything a newcomer or CI needs; `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo
PORT ?= 8000
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup run run-engine screenshots test test-postgres requirements test-slow bench lint format messages lock clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.catalogues: $(VENV)/.installed $(wildcard src/bridgenotes/locale/*/LC_MESSAGES/django.po)
	@$(BIN)/python -m tools.catalogues
	@touch $@

setup: $(VENV)/.installed $(VENV)/.catalogues ## Install the locked dependencies and the package into .venv

run: setup ## Show the site with a made-up community on http://localhost:8000 (PORT=8001 for another)
	@BRIDGENOTES_DATA_DIR=$(DEMO)/site $(BIN)/bridgenotes demo --serve --bind 127.0.0.1:$(PORT)

run-engine: setup ## Simulate a small community in files, score it and draw the report
	$(BIN)/bridgenotes simulate --ratings 60000 --seed 7 --out $(DEMO)/community --force
	$(BIN)/bridgenotes score $(DEMO)/community --out $(DEMO)/scored
	$(BIN)/bridgenotes report $(DEMO)/scored --input $(DEMO)/community --out $(DEMO)/report.html
	@echo "Open $(DEMO)/report.html in a browser; the tables are in $(DEMO)/scored."

screenshots: setup ## Write pictures of the key pages to demo/screenshots (light, dark, phone)
	@BRIDGENOTES_DATA_DIR=$${BRIDGENOTES_DATA_DIR:-$(DEMO)/site} $(BIN)/python -m tools.screenshots

test: setup lint ## Run linters and all tests (under 10 minutes on 2 cores)
	$(BIN)/python -m pytest -n 2 --dist loadscope -m "not slow" $(PYTEST_ARGS)
	$(MAKE) test-postgres

test-postgres: setup ## Run the platform's tests on PostgreSQL (one found, or one from a wheel)
	$(BIN)/python -m tools.with_postgres -- $(BIN)/python -m pytest tests/server -n 2 --dist loadscope -m "not slow and not browser" $(PYTEST_ARGS)

requirements: setup ## Prove every requirement of the platform on both databases; writes docs/requirements.md
	$(BIN)/python -m tools.requirements

test-slow: setup ## Run the slow checks, those of the platform on both databases
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)
	$(BIN)/python -m tools.with_postgres -- $(BIN)/python -m pytest tests/server -m "slow or browser" $(PYTEST_ARGS)

bench: setup ## Run the benchmarks and write benchmarks/results
	$(BIN)/python -m benchmarks.run_all

lint: setup ## Style, types, layers, spelling, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'src/*.html')
	$(BIN)/codespell README.md docs src tests
	$(BIN)/deptry src

format: setup ## Rewrite the code in house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $$(git ls-files 'src/*.html')

messages: setup ## Gather all texts into the catalogues of src/bridgenotes/locale, for translators
	$(BIN)/python -m tools.messages

lock: ## Renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra analysis --extra web --extra postgres --extra ray --group dev --universal --generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean: ## Remove what was built
	rm -rf $(VENV) $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
