# `make demo` shows the main job, `make test` runs all tests, `make lint` is lint and types, `make check` these
# and the fast tests.
# `make oldest` runs the tests of what works in kernels with the oldest IPython and ipykernel that are admitted.
# `make corpus` exports a sample of notebooks that nobody here wrote (benchmarks/corpus).
# Each makes the virtual environment that it needs, and the front end (Node 20); packages come from the indexes that pip
# and npm are configured for.

PYTHON ?= python3
# More arguments for pytest in `make test`, for example PYTEST_ARGS="-k requirements".
PYTEST_ARGS ?=

DEMO := .venv/demo
TEST := .venv/test
OLDEST := .venv/oldest
# The lower bounds of pyproject.toml.
OLDEST_KERNEL := ipython==8.20.0 ipykernel==6.29.0
SOURCES := $(shell find jupyter_mlops examples -type f -not -path '*/__pycache__/*' -not -path '*/labextension/*')
FRONT := labextension
FRONT_SOURCES := $(shell find $(FRONT)/src $(FRONT)/style $(FRONT)/schema -type f) $(FRONT)/tsconfig.json
# built here once, and packed as it is
INSTALL := SKIP_JUPYTER_BUILDER=1

.PHONY: demo test lint check oldest corpus clean

demo: $(DEMO)/.stamp
	rm -rf demo
	$(DEMO)/bin/jupyter mlops demo --folder demo

test: $(TEST)/.stamp
	$(TEST)/bin/python -m pytest -n 2 $(PYTEST_ARGS)

lint: $(TEST)/.stamp
	cd $(FRONT) && npm run --silent lint && npm run --silent types:check && npm run --silent test
	$(TEST)/bin/ruff check
	$(TEST)/bin/ruff format --check
	$(TEST)/bin/pyright --pythonpath $(TEST)/bin/python
	$(TEST)/bin/lint-imports

check: lint
	$(TEST)/bin/python -m pytest -m "not slow" -n 2

oldest: $(OLDEST)/.stamp
	$(OLDEST)/bin/python -m pytest -n 2 tests/kernel

corpus: $(TEST)/.stamp
	$(TEST)/bin/python -m benchmarks.corpus --sample 10 --jobs 2 --folder .venv/corpus

clean:
	rm -rf .venv/demo .venv/test .venv/oldest .venv/corpus demo dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf $(FRONT)/node_modules $(FRONT)/lib jupyter_mlops/labextension .ui

$(FRONT)/lib/.stamp: $(FRONT)/node_modules/.stamp $(FRONT_SOURCES)
	cd $(FRONT) && npm run --silent build:prod
	touch $@

$(FRONT)/node_modules/.stamp: $(FRONT)/package.json $(FRONT)/package-lock.json $(FRONT)/.npmrc
	@command -v npm >/dev/null || { echo "npm is not installed: Node 20 builds the part in JupyterLab" >&2; exit 2; }
	cd $(FRONT) && npm ci --silent
	touch $@

# The demo runs what a user would install: a wheel, built again when a file of it changes.
$(DEMO)/.stamp: $(DEMO)/.dependencies $(FRONT)/lib/.stamp $(SOURCES) README.md LICENSE
	$(INSTALL) $(DEMO)/bin/python -m pip install --quiet --no-deps --force-reinstall .
	touch $@

$(DEMO)/.dependencies: pyproject.toml | $(FRONT)/lib/.stamp
	$(call new-environment,$(DEMO))
	$(INSTALL) $(DEMO)/bin/python -m pip install --quiet .
	touch $@

# The tests run on the working tree, so that an edit needs no installation.
# Of the front end an installation has a copy; here it is a link, so that what was built last is seen.
$(TEST)/.stamp: $(TEST)/.installed $(FRONT)/lib/.stamp
	rm -rf $(TEST)/share/jupyter/labextensions/jupyter-mlops
	ln -s $(CURDIR)/jupyter_mlops/labextension $(TEST)/share/jupyter/labextensions/jupyter-mlops
	touch $@

$(TEST)/.installed: pyproject.toml | $(FRONT)/lib/.stamp
	$(call new-environment,$(TEST))
	$(INSTALL) $(TEST)/bin/python -m pip install --quiet --editable '.[test]'
	touch $@

$(OLDEST)/.stamp: pyproject.toml | $(FRONT)/lib/.stamp
	$(call new-environment,$(OLDEST))
	$(INSTALL) $(OLDEST)/bin/python -m pip install --quiet --editable '.[test]' $(OLDEST_KERNEL)
	touch $@

define new-environment
@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v < (3, 14) else f"Python 3.11 to 3.13 is needed, $(PYTHON) is {v[0]}.{v[1]}: try make PYTHON=python3.12 ...")'
@echo "making $(1) (about a minute) ..."
$(PYTHON) -m venv --clear $(1)
endef
