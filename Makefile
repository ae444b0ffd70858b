# Everything a developer or a machine does with Roger. `make` alone lists it.

# The oldest Python we run on is 3.11; the first one found that is new enough makes the environment. A distribution's own
# comes first: it is built with its profile, and serves a page in three quarters of the time of one built without.
CANDIDATES := /usr/bin/python3.11 python3.11 python3.12 python3.13 python3.14 python3
NEW_ENOUGH := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in $(CANDIDATES); do $$each -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$each && break; done)

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes

# Processes of the tests: one more than there are cores, since one of them mostly waits for its browser.
JOBS ?= $(shell python3 -c 'import os; print((os.cpu_count() or 1) + 1)')
# More arguments for pytest, such as TESTS="tests/consent -k withdraw".
TESTS ?=

ifdef CORPUS
export CORPUS
endif

# Every corner as well: minutes more (tests/whole.py).
ifdef WHOLE
export WHOLE
endif

.DEFAULT_GOAL := help
.PHONY: check-format check-lint check-imports check-templates check-with-servers
.PHONY: check-types check-migrations check-deploy check-policies
.PHONY: help setup run manage seed doctor code test check fix bench faults screenshots messages lock browser

help:
	@echo "make run          everything, on http://127.0.0.1:8000 (PORT), phones on http://127.0.0.1:8360 (SIMULATOR_PORT)"
	@echo "make run DEMO=0   the same without demo data"
	@echo "make test         the tests, on servers of their own (WHOLE=1 looks into every corner, TESTS=… chooses, CORPUS=… adds recorded payloads, PG=… another PostgreSQL)"
	@echo "make setup        the environment alone, in .venv"
	@echo "make check        format, lint, types, import contracts, migrations, templates, check --deploy, row policies"
	@echo "make fix          puts right what a machine can"
	@echo "make seed         demo data into the running installation · make doctor  what is wrong with it"
	@echo "make code         the six digits of the demo's logins"
	@echo "make manage       one of its commands: make manage ARGS='create_practice --help'"
	@echo "make bench        measures (BENCH=name for one) · make faults  kills things · make screenshots  pictures of every screen (PICTURES='inbox dark' for some)"
	@echo "make messages     brings the translations up to date"
	@echo "make lock         writes requirements/*.txt anew from pyproject.toml"

# ── environment ──
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Roger needs Python 3.11 or newer with venv: install it (Debian: apt-get install python3 python3-venv), or name one with PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The environment could not be made: install Python's venv (Debian: apt-get install python3-venv) and start again." >&2; exit 1; }
	@touch $@

$(VENV)/.run: requirements/run.txt $(VENV)/.made
	@echo "Installing what Roger needs …"
	@$(INSTALL) -r requirements/run.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing what its tests and checks need …"
	@$(INSTALL) -r requirements/run.txt -r requirements/dev.txt
	@touch $@

setup: $(VENV)/.dev

# ── use ──
# exec, so that a signal to make's child reaches the supervisor itself.
run: $(VENV)/.run
	@exec $(BIN)/python -m roger.supervisor

# One of Django's commands on the running installation.
MANAGE := $(BIN)/python -m roger.embedded --home -- $(BIN)/python manage.py
manage: $(VENV)/.run
	@$(MANAGE) $(ARGS)

seed: $(VENV)/.run
	@$(MANAGE) seed_demo

doctor: $(VENV)/.run
	@$(MANAGE) doctor

code: $(VENV)/.run
	@$(BIN)/python -m roger.supervisor.codes

# ── tests ──
test: $(VENV)/.dev browser
	$(BIN)/python -m pytest -n $(JOBS) $(TESTS)

# Chromium without a window of its own takes a third of the time; where it cannot be had, any other that is there will do.
SHELL_BROWSER := chromium-headless-shell
BROWSERS := $(SHELL_BROWSER) chromium chromium-browser google-chrome
browser:
	@command -v $(SHELL_BROWSER) >/dev/null 2>&1 && exit 0; \
	if [ ! -e $(VENV)/.other-browser ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "Installing a browser for the tests …"; \
	  apt-get update -qq; \
	  for each in $(SHELL_BROWSER) chromium; do \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$each >/dev/null && break; \
	  done; \
	fi; \
	for each in $(BROWSERS); do \
	  command -v $$each >/dev/null 2>&1 || continue; \
	  touch $(VENV)/.other-browser 2>/dev/null; exit 0; \
	done; \
	echo "The tests drive a real browser: install chromium (Debian: apt-get install chromium), then start again." >&2; exit 1

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.bench $(BENCH)

faults: $(VENV)/.dev
	@$(BIN)/python -m tests.faults

screenshots: $(VENV)/.dev browser
	@$(BIN)/python -m tests.browser.screenshots $(PICTURES)

# Every sentence of templates and Python into locale/; says what has no English yet.
messages: $(VENV)/.dev
	@DJANGO_SETTINGS_MODULE=roger.settings $(BIN)/python -m tests.translations

# ── checks ── (make -k check goes on after the first that fails)
check: check-format check-lint check-imports check-templates check-with-servers

check-format: $(VENV)/.dev
	$(BIN)/ruff format --check .

check-lint: $(VENV)/.dev
	$(BIN)/ruff check .

check-imports: $(VENV)/.dev
	$(BIN)/lint-imports

check-templates: $(VENV)/.dev
	$(BIN)/djlint --lint --quiet --profile django templates

# What needs a migrated database gets one, on servers that live as long as it runs.
check-with-servers: $(VENV)/.dev
	$(BIN)/python -m roger.embedded --migrate -- $(MAKE) --no-print-directory check-types check-migrations check-deploy check-policies

check-types:
	$(BIN)/mypy .

check-migrations:
	$(BIN)/python manage.py makemigrations --check --dry-run

PRODUCTION := DEBUG=0 BASE_URL=https://roger.example ALLOWED_HOSTS=roger.example
check-deploy:
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

check-policies:
	$(BIN)/python manage.py look_over_policies
	$(BIN)/pgrls lint --min-severity warning --database-url "$$DATABASE_MIGRATE_URL"

fix: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# ── requirements: every hash, no address of a registry ──
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 --universal --custom-compile-command "make lock"
lock: $(VENV)/.dev
	$(COMPILE) pyproject.toml -o requirements/run.txt
	$(COMPILE) --group dev pyproject.toml -c requirements/run.txt -o requirements/dev.txt
