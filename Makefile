# Two commands matter: `make demo` and `make test`. Both set everything up on a bare Debian 12.
SHELL := /bin/bash
PY := .venv/bin
ROOMS := core gateway agent providers tests

.PHONY: demo test check check-guards bench lock coverage-of-features setup-run setup-test clean

demo: setup-run            ## the main job on an invented school, then stays up to be clicked through
	$(PY)/hocba demo

test: setup-test           ## every test
	$(PY)/pytest -q -n 2 --dist loadgroup

check: setup-test          ## format, lint, types, import walls
	$(PY)/ruff format --check $(ROOMS)
	$(PY)/ruff check $(ROOMS)
	$(PY)/mypy
	$(PY)/lint-imports

check-guards: setup-test   ## each guard of the agent taken away: does a test notice?
	$(PY)/python tests/agent/guards.py

screenshots: setup-test    ## a picture of every page with real amounts of data, in out/screenshots
	$(PY)/pytest -q tests/pages/screenshots.py

bench: setup-test          ## the numbers of the design, measured in one run
	$(PY)/python -m hocba_gateway.bench

coverage-of-features: setup-test   ## ids of features that no test carries; FEATURES=path of features.md
	$(PY)/python tests/coverage_of_features.py $(FEATURES)

lock:                      ## remake requirements.lock after a dependency changed (needs uv)
	uv lock -q
	uv export -q --all-packages --all-extras --all-groups --no-emit-workspace --no-header --no-annotate \
		--format requirements-txt -o requirements.lock

setup-run:
	@packaging/linux/setup.sh run

setup-test:
	@packaging/linux/setup.sh test

clean:
	rm -rf .venv out build dist
