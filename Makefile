# make demo        environment, seven synthetic countries x two months, a real backfill, published tables
# make test        the whole test suite; make test-fast leaves out journeys, the browser and long computing
# make audit       known weaknesses of what is pinned; make sbom writes the bill of materials
# make bench       every claim of speed at a size (SIZE=10000), held against its history
# make check       lint, format, SQL lint, dbt parse, generated files
PYTHON ?= python3
VENV := .venv
CONSUMER := .venv-consumer
AUDIT := .venv-audit
BIN := $(VENV)/bin
PATIENTS ?= 2000
SEED ?= 7
ENRICH ?=
SIZE ?= 10000
HOME_FOLDER ?= $(CURDIR)/thin-home
TWO_AT_ONCE := -n 2 --dist loadfile
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

LOCKS := requirements.lock requirements-deploy.lock requirements-dev.lock requirements-consumer.lock \
	requirements-audit.lock

.PHONY: env env-dev env-consumer env-audit demo demo-omop ui test test-fast test-ui check format generated lock \
	audit sbom bench clean

env: $(VENV)/.core
env-dev: $(VENV)/.dev env-consumer env-audit
env-consumer: $(CONSUMER)/.made
env-audit: $(AUDIT)/.made

$(VENV)/.core: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/.dev: $(VENV)/.core requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	touch $@

# What a reader of published tables has, and nothing of ours: tests read with it (tests/journey/test_consumer.py).
$(CONSUMER)/.made: requirements-consumer.lock
	test -x $(CONSUMER)/bin/python || $(PYTHON) -m venv $(CONSUMER)
	$(CONSUMER)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
		--require-hashes -r $<
	touch $@

# What looks at our dependencies, and is no part of them (audit, sbom).
$(AUDIT)/.made: requirements-audit.lock
	test -x $(AUDIT)/bin/python || $(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
		--require-hashes -r $<
	touch $@

demo: env
	$(BIN)/thin-assets --home $(HOME_FOLDER) demo --patients $(PATIENTS) --seed $(SEED) $(foreach one,$(ENRICH),--enrich $(one))

demo-omop: env-dev
	$(BIN)/thin-assets --home $(HOME_FOLDER)-omop demo-omop

ui: env
	$(BIN)/thin-assets --home $(HOME_FOLDER) doctor --fix
	$(BIN)/thin-assets --home $(HOME_FOLDER) pages & trap "kill $$!" EXIT; \
	THIN_HOME=$(HOME_FOLDER) DAGSTER_HOME=$(HOME_FOLDER)/dagster $(BIN)/dagster dev -h 127.0.0.1 -w workspace.yaml

test: env-dev env-consumer
	$(BIN)/python -m pytest $(TWO_AT_ONCE) -m "not journey and not ui"
	$(BIN)/python -m pytest $(TWO_AT_ONCE) -m journey --durations 20
	$(BIN)/python -m pytest $(TWO_AT_ONCE) -m "ui and not journey" --durations 10

test-fast: env-dev
	$(BIN)/python -m pytest $(TWO_AT_ONCE) -m "not journey and not ui and not long"

test-ui: env-dev
	$(BIN)/python -m pytest $(TWO_AT_ONCE) -m "ui and not journey"

check: env-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint dbt_project/models
	cd dbt_project && ../$(BIN)/dbt parse --target duckdb --quiet
	$(BIN)/python -m thin_assets.cdm.generate --check
	$(BIN)/python -m thin_assets.cohorts.library --check
	$(BIN)/python -m docs.generate --check

format: env-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt_project/models

generated: env-dev
	$(BIN)/python -m thin_assets.cdm.generate
	$(BIN)/python -m thin_assets.cohorts.library
	$(BIN)/python -m docs.generate

lock:
	uv pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
		--quiet -o requirements.lock
	uv pip compile pyproject.toml --extra dev -c requirements.lock --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-strip-extras --quiet -o requirements-dev.lock
	uv pip compile requirements-consumer.in --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-strip-extras --quiet -o requirements-consumer.lock

	uv pip compile pyproject.toml --extra deploy -c requirements.lock --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-strip-extras --quiet -o requirements-deploy.lock
	uv pip compile requirements-audit.in --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-strip-extras --quiet -o requirements-audit.lock

# Known weaknesses of what is pinned. Needs the internet; strict, since otherwise nothing looked up is nothing found.
audit: env-audit
	$(foreach lock,$(LOCKS),$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
		-r $(lock) &&) true

# Bill of materials (CycloneDX) of what an installation has: build/sbom.json, and that of the image.
sbom: env-audit
	mkdir -p build
	$(AUDIT)/bin/cyclonedx-py requirements --pyproject pyproject.toml --validate --output-reproducible \
		--output-format JSON -o build/sbom.json requirements.lock
	$(AUDIT)/bin/cyclonedx-py requirements --pyproject pyproject.toml --validate --output-reproducible \
		--output-format JSON -o build/sbom-deploy.json requirements-deploy.lock

bench: env-dev
	$(BIN)/python -m benchmarks --size $(SIZE)

clean:
	rm -rf thin-home* dbt_project/target dbt_project/logs .pytest_cache .ruff_cache .hypothesis
