# The commands of the README. Everything here needs only python3 >= 3.11 and make.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
PIP_INSTALL := python -m pip install --disable-pip-version-check
# Images set it, and each of the hundreds of processes of `make test` would compile all of our sources again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install run shell test coverage test-postgresql test-fast lint lint-style lint-types lint-migrations format pictures board-picture lock audit soak year bench verify-peers profile clean

help:
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12
	@echo
	@echo 'Set on the command line, as in `make run PORT=8010`:'
	@grep -E '^# [A-Z]+=' Makefile | sed -E 's/^# ([A-Z]+)=/  \1\t/' | expand -t 12
# PORT=where `make run` listens on this machine; 8000 unless set
# PRODUCTION=1: `make install` for a server: no test tools, no tables, no secret of its own; SECRET_KEY must be set
# QUICK=1: `make bench` in 9 minutes instead of 50, with rougher figures
# ONLY=one part of `make bench`, such as school
# BEFORE=an older commit of ours that `make bench` measures in the same turns, such as b91278b
# PEERS=those that `make bench` measures and `make verify-peers` tries, such as "socketio bun"; none for ours alone
# STUDENTS=how many are in the district of `make bench ONLY=district`; 10000 unless set
# PROCESSES=how many server processes the district has; 2 unless set
# RATES=the statuses a second that the district is asked for, one after another, such as "500 1000"
# MIRROR=the district's `SESSION_MIRROR_SECONDS`; 5 unless set
# REDIS=how the district's Redis runs: plain, cluster
# ROUNDS=how often each system of `make bench` has its turn
# SEED=the faults of an earlier `make soak` again, and those only; MINUTES=how long, 60 unless set
# UPGRADE=1: `make lock` in the newest versions that requirements*.in allow
# WORK=what `make profile` looks at, such as "fan --dashboards 100"
# PYTHON=the interpreter that .venv is made with; python3 unless set

install: $(if $(PRODUCTION),var/production,var/installed var/node/installed var/secret_key var/prepared) ## environment, dependencies, static files, tables; PRODUCTION=1: for a server

run: var/runnable var/secret_key var/prepared ## everything on this machine: server, demo classroom, simulated students
	@$(BIN)/python -m speaktracker.devstack --port $(PORT) -- $(BIN)/python manage.py demo --port $(PORT)

shell: var/runnable var/secret_key var/prepared ## a Python shell with the models, in the stack of `make run`
	@$(BIN)/python -m speaktracker.devstack --join -- $(BIN)/python manage.py shell

# In the order of tests/conftest.py: pytest-xdist would begin with the groups of most tests, not of the longest.
SPREAD := --dist loadgroup --no-loadscope-reorder
# More than there are cores: whoever waits for a process, a page or a clock leaves them to others.
WORKERS := -n 4 $(SPREAD)
test: install ## the whole suite, with the real components
	$(PYTEST) -m "not soak" $(WORKERS)

coverage: install ## the whole suite again, with the lines that no test reached
	$(PYTEST) -m "not soak" $(WORKERS) --cov --cov-report=term:skip-covered

# What touches SQL, apart from tests that start servers on a PostgreSQL of their own.
ON_POSTGRESQL := tests/realtime tests/feedback tests/api tests/roster tests/guard tests/passwords tests/persistence
test-postgresql: install ## what touches SQL once more, on a PostgreSQL made for the run
	$(BIN)/python -m tests.on_postgresql -q -m "not soak and not e2e" -k "not fuzz" -n 3 $(SPREAD) $(ON_POSTGRESQL)

# What needs no second process: rules, messages, API and pages, on SQLite and in memory.
FAST := tests/realtime tests/feedback tests/api tests/roster tests/project tests/logs
test-fast: install ## the tests of rules, messages, API and pages, under a minute
	$(PYTEST) -q -m "not soak" -k "not fuzz and not openapi" -n 2 --dist loadgroup $(FAST)
	@echo "Left out, and run by \`make test\`: every folder of tests/ but $(patsubst tests/%,%,$(FAST)),"
	@echo "so real servers, Valkey, DynamoDB, PostgreSQL and browsers; generated frames and API calls."

lint: lint-style lint-types lint-migrations ## format, style, rooms, types, migrations

lint-style: var/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

lint-types: var/installed
	$(BIN)/mypy

lint-migrations: install
	$(BIN)/python manage.py makemigrations --check --dry-run

format: install ## write the format, and mend the style where that is safe
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pictures: install ## the README's screenshots and animation, from a running demo (docs/pictures)
	$(BIN)/python -m tests.pictures

board-picture: install ## the operators' dashboard filled, from a demo that Prometheus watches
	$(BIN)/python -m tests.pictures.board_picture

# Each list is pinned within the one before, so that a server runs what was tested.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)
lock: install ## pin what requirements*.in name and all they need, with hashes
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) -c requirements.txt requirements-run.in -o requirements-run.txt
	$(LOCK) -c requirements-run.txt requirements-dev.in -o requirements-dev.txt
	$(LOCK) -c requirements-run.txt bench/requirements.in -o bench/requirements.txt

audit: install ## look the pinned versions up among the known vulnerabilities (PyPI's list)
	$(BIN)/uv tool run pip-audit@2.10.1 --strict --disable-pip --require-hashes -r requirements-dev.txt

FAULTS := tests/cluster/random_faults
soak: install ## the long runs that `make test` has only in short; at last an hour of faults at random
	$(if $(SEED),,$(PYTEST) -m soak -n 1 --ignore=$(FAULTS))
	SEED=$(SEED) MINUTES=$(MINUTES) $(PYTEST) -q -s -m soak -n 0 $(FAULTS)

year: install ## a school's year on a server of its own, told step by step in a minute or two
	$(BIN)/python -m tests.year

PEERS_INSTALLED := var/bench/installed var/bench/node/installed var/bench/centrifuge
bench: install $(PEERS_INSTALLED) ## beside naive Channels, Socket.IO, Bun, Centrifuge and others
	@var/bench/venv/bin/python -m bench $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY)) \
	  $(if $(BEFORE),--before $(BEFORE)) $(if $(PEERS),--peers $(PEERS)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	  $(if $(STUDENTS),--students $(STUDENTS)) $(if $(PROCESSES),--processes $(PROCESSES)) $(if $(RATES),--rates $(RATES)) \
	  $(if $(MIRROR),--mirror-seconds $(MIRROR)) $(if $(REDIS),--redis $(REDIS))

verify-peers: install $(PEERS_INSTALLED) ## does each peer of the bench deliver everything, once and in order?
	@var/bench/venv/bin/python -m bench.verification $(PEERS)

profile: install var/bench/installed ## where the server's time goes
	@var/bench/venv/bin/python -m bench.profile $(WORK)

clean: ## remove the environment and everything that was made
	rm -rf .venv var
	find . -name __pycache__ -prune -exec rm -rf {} +
	@git worktree prune 2> /dev/null || true # those of `make bench BEFORE=` were below var

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0])'
	@echo "Making the environment .venv"
	@$(PYTHON) -m venv .venv

# Two steps, so that `make run` need not wait for browsers' drivers and type checkers.
var/runnable: requirements.txt requirements-run.txt | .venv/bin/python
	@echo "Installing what \`make run\` needs (requirements-run.txt)"
	@$(BIN)/$(PIP_INSTALL) -r requirements-run.txt
	@mkdir -p -m 700 var && touch $@

var/installed: var/runnable requirements-dev.txt
	@echo "Installing what the tests and the linters need (requirements-dev.txt)"
	@$(BIN)/$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# Type checker of the JavaScript client, axe-core, the SDK of AWS and the parser of AsyncAPI, by npm: pinned with hashes, from the registry, never committed.
var/node/installed: var/installed tests/client/package.json tests/client/package-lock.json
	@mkdir -p -m 700 var && mkdir -p var/node && cp tests/client/package*.json var/node/
	@echo "Installing what the tests of the JavaScript client need (tests/client/package-lock.json)"
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix var/node --no-audit --no-fund --loglevel=error
	@touch $@

# The bench's peers: pinned, from the registries, never committed. nginx with nchan takes part where the system has it.
var/bench/installed: requirements.txt bench/requirements.txt
	@mkdir -p -m 700 var && mkdir -p var/bench
	@test -x var/bench/venv/bin/python || $(PYTHON) -m venv var/bench/venv
	@echo "Installing the bench's peers in Python (bench/requirements.txt)"
	@var/bench/venv/bin/$(PIP_INSTALL) -r bench/requirements.txt
	@touch $@

# Those of npm and Go, where these are: what is missing is looked for at each `make bench`, and the bench says what it
# leaves out. Go fetches nothing: Centrifuge's sources are the system's own (docs/performance.md names the packages).
var/bench/node/installed: bench/package.json
	@mkdir -p -m 700 var && mkdir -p var/bench/node && cp bench/package.json var/bench/node/
	@if command -v npm > /dev/null; then \
	  echo "Installing the bench's peers of npm (bench/package.json)"; \
	  npm install --prefix var/bench/node --no-audit --no-fund --loglevel=error && touch $@; fi

GO_SOURCES ?= /usr/share/gocode
var/bench/centrifuge: bench/peers/centrifuge.go
	@mkdir -p -m 700 var && mkdir -p var/bench
	@if command -v go > /dev/null && test -d $(GO_SOURCES)/src/github.com/centrifugal; then \
	  echo "Building Centrifuge with the system's Go ($<)"; \
	  GO111MODULE=off GOTOOLCHAIN=local GOPATH=$(GO_SOURCES) GOCACHE=$(CURDIR)/var/bench/go-cache go build -o $@ $< \
	    2> var/bench/go-build.log || { rm -f $@; \
	    echo "Centrifuge was not built: var/bench/go-build.log says why, docs/performance.md which packages it needs."; }; fi

var/secret_key:
	@mkdir -p -m 700 var
	@umask 077 && $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))' > $@

# For a server: what it runs on and nothing else. No secret is made, since each machine would make another, and no
# table, since `migrate` runs once for the whole installation.
.PHONY: var/production
var/production: | .venv/bin/python
	@if [ -z "$$SECRET_KEY" ]; then echo 'SECRET_KEY is missing: set it to the one that every process of this installation has, or make the first with' \
	  '`openssl rand -base64 48`, then run `SECRET_KEY=… make install PRODUCTION=1` again.' >&2; exit 1; fi
	@echo "Installing what the server needs (requirements.txt), compiling translations, collecting static files"
	@$(BIN)/$(PIP_INSTALL) --quiet -r requirements.txt
	@mkdir -p -m 700 var
	@$(COMPILE_AND_COLLECT)

# What depends on the sources: compiled translations, collected static files, the database's tables.
COMPILE_AND_COLLECT = $(BIN)/pybabel --quiet compile --directory speaktracker/locale --domain django \
  && $(BIN)/python manage.py collectstatic --no-input --verbosity 0
SOURCES := $(shell find speaktracker realtime feedback -name '*.po' -o -path '*/static/*' -type f -o -path '*/migrations/*.py')
var/prepared: var/runnable var/secret_key $(SOURCES)
	@echo "Compiling translations, collecting static files, bringing the tables up to date"
	@$(COMPILE_AND_COLLECT)
	@$(BIN)/python manage.py migrate --verbosity 0
	@touch $@
