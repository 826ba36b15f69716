# Needs make and Python 3.11 or newer. `make run` and `make test` do the rest.

BIN := .venv/bin
PYTHON := $(BIN)/python
COVERAGE := $(BIN)/coverage
PYTEST := -m pytest -q
# Two processes, for two cores; a file stays in one of them, with the portal that it shares.
# In the order of their names: files of few and long tests would else come last, and one by one.
BY_FILE := --dist loadfile --no-loadscope-reorder
ABREAST := -n 2 $(BY_FILE)
# A third, where tests wait as long for browsers and processes as they compute.
WAITING := -n 3 $(BY_FILE)

# What waits most of its time, for pages that do not come: more of it goes on at once.
FAULTS := tests/integration/test_checks_see_faults.py

# Where scripts/test-tools.sh unpacks what the machine does not have.
export PATH := $(CURDIR)/.venv/tools/usr/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run browsers checks test coverage tools check format test-unit test-integration \
	test-acceptance test-full bench bench-portal bench-report \
	bench-leak-scan constraints clean distclean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv and get the browsers (quick where they are there)
	@scripts/setup.sh

run: setup ## watch the bundled portal; options in ARGS, as in: make run ARGS=--once
	@$(BIN)/portalwatch run $(ARGS)

browsers: setup ## get every browser engine, and list what is found
	@$(BIN)/portalwatch browsers install chromium firefox webkit
	@$(BIN)/portalwatch browsers

checks: setup ## every check of this project on both browsers, with a report in report/
	@$(PYTHON) -m pytest checks/ --browser chromium --browser firefox -n 2 \
		--portalwatch-report=report $(ARGS)

define every_test
$(1) $(PYTEST) $(ABREAST) tests/unit
$(1) $(PYTEST) $(WAITING) tests/integration tests/conformance --ignore=$(FAULTS)
$(1) $(PYTEST) -n 4 $(FAULTS)
$(1) $(PYTEST) $(ABREAST) tests/acceptance
endef

test: setup tools check ## check, then every test
	$(call every_test,$(PYTHON))

# Apart from test: before Python 3.12 what is traced takes half as long again (measured: 1.6).
coverage: setup tools ## every test, traced: coverage must reach what pyproject.toml asks
	@$(COVERAGE) erase
	$(call every_test,$(COVERAGE) run)
	@$(COVERAGE) combine --quiet
	@$(COVERAGE) report

test-full: export PORTALWATCH_TEST_FULL = 1
test-full: test ## as test, with the full number of repetitions (an hour)

test-unit: setup ## the tests that need no browser
	$(PYTHON) $(PYTEST) tests/unit $(ARGS)

test-integration: setup tools ## the tests with real browsers, processes and servers
	$(PYTHON) $(PYTEST) tests/integration tests/conformance $(ARGS)

test-acceptance: setup tools ## the tests of the whole product, as its users meet it
	$(PYTHON) $(PYTEST) tests/acceptance $(ARGS)

tools: setup
	@scripts/test-tools.sh

check: setup ## format, lint and types, without changing anything
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup ## put the source into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## measure portalwatch against raw Playwright
	@$(PYTHON) -m bench

bench-portal: setup ## measure the pages of the portal; ARGS="--transactions 1000000" for many records
	@$(PYTHON) -m bench portal $(ARGS)

bench-report: setup ## measure a run report of ten thousand runs
	@$(PYTHON) -m bench report

bench-leak-scan: setup ## measure the last look at 100 MB of evidence
	@$(PYTHON) -m bench leak-scan

constraints: setup ## write constraints.txt from what is installed now
	@{ head -n 1 constraints.txt; $(PYTHON) -m pip freeze --exclude-editable | grep -- ==; } > constraints.new
	@mv constraints.new constraints.txt

clean: ## remove what tests and builds leave behind
	rm -rf .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis htmlcov dist test-results
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## remove .venv as well; results in var/ stay
	rm -rf .venv
