# The commands of the README. Everything here needs only python3 >= 3.11 and make.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help install run test lint soak bench profile clean

help:
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

install: var/installed var/secret_key var/prepared ## environment, dependencies, static files, tables

run: install ## everything on this machine: server, demo classroom, simulated students
	@$(BIN)/python -m speaktracker.devstack --port $(PORT) -- $(BIN)/python manage.py demo --port $(PORT)

test: install ## the whole suite, with the real components
	$(PYTEST) -m "not soak" -n 3 --dist loadgroup --cov --cov-report=term:skip-covered

lint: install ## format, style, rooms, types, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run

soak: install ## the long runs that `make test` has only in short
	$(PYTEST) -m soak -n 1

bench: install var/bench/installed ## beside naive Channels, Socket.IO and others, 35 minutes; QUICK=1: 6, ONLY=school: one part
	@var/bench/venv/bin/python -m bench $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

profile: install var/bench/installed ## where the server's time goes: WORK="fan --dashboards 100"
	@var/bench/venv/bin/python -m bench.profile $(WORK)

clean: ## remove the environment and everything that was made
	rm -rf .venv var

var/installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@mkdir -p var && touch $@

# The bench's peers: pinned, from the registries, never committed. Without npm, those of node are left out; nginx with
# nchan takes part where the system has it.
var/bench/installed: requirements.txt bench/requirements.txt bench/package.json
	@mkdir -p var/bench/node && cp bench/package.json var/bench/node/
	@test -x var/bench/venv/bin/python || $(PYTHON) -m venv var/bench/venv
	var/bench/venv/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	if command -v npm > /dev/null; then npm install --prefix var/bench/node --no-audit --no-fund --loglevel=error; fi
	@touch $@

var/secret_key:
	@mkdir -p var
	@umask 077 && $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))' > $@

# What depends on the sources: compiled translations, collected static files, the database's tables.
SOURCES := $(shell find speaktracker realtime feedback -name '*.po' -o -path '*/static/*' -type f -o -path '*/migrations/*.py')
var/prepared: var/installed var/secret_key $(SOURCES)
	@$(BIN)/pybabel --quiet compile --directory speaktracker/locale --domain django
	@$(BIN)/python manage.py collectstatic --no-input --verbosity 0
	@$(BIN)/python manage.py migrate --verbosity 0
	@touch $@
