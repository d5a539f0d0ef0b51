# `make demo` shows the main job, `make test` runs all tests, `make check` is lint, types and the fast tests.
# `make oldest` runs the tests of what works in kernels with the oldest IPython and ipykernel that are admitted.
# `make corpus` exports a sample of notebooks that nobody here wrote (benchmarks/corpus).
# Each makes the virtual environment that it needs; packages come from the index that pip is configured for.

PYTHON ?= python3
# More arguments for pytest in `make test`, for example PYTEST_ARGS="-k requirements".
PYTEST_ARGS ?=

DEMO := .venv/demo
TEST := .venv/test
OLDEST := .venv/oldest
# The lower bounds of pyproject.toml.
OLDEST_KERNEL := ipython==8.20.0 ipykernel==6.29.0
SOURCES := $(shell find jupyter_mlops examples -type f -not -path '*/__pycache__/*')

.PHONY: demo test check oldest corpus clean

demo: $(DEMO)/.stamp
	rm -rf demo
	$(DEMO)/bin/jupyter mlops demo --folder demo

test: $(TEST)/.stamp
	$(TEST)/bin/python -m pytest -n 2 $(PYTEST_ARGS)

check: $(TEST)/.stamp
	$(TEST)/bin/ruff check
	$(TEST)/bin/ruff format --check
	$(TEST)/bin/pyright --pythonpath $(TEST)/bin/python
	$(TEST)/bin/lint-imports
	$(TEST)/bin/python -m pytest -m "not slow" -n 2

oldest: $(OLDEST)/.stamp
	$(OLDEST)/bin/python -m pytest -n 2 tests/kernel

corpus: $(TEST)/.stamp
	$(TEST)/bin/python -m benchmarks.corpus --sample 20 --jobs 2 --folder .venv/corpus

clean:
	rm -rf .venv/demo .venv/test .venv/oldest .venv/corpus demo dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# The demo runs what a user would install: a wheel, built again when a file of it changes.
$(DEMO)/.stamp: $(DEMO)/.dependencies $(SOURCES) README.md LICENSE
	$(DEMO)/bin/python -m pip install --quiet --no-deps --force-reinstall .
	touch $@

$(DEMO)/.dependencies: pyproject.toml
	$(call new-environment,$(DEMO))
	$(DEMO)/bin/python -m pip install --quiet .
	touch $@

# The tests run on the working tree, so that an edit needs no installation.
$(TEST)/.stamp: pyproject.toml
	$(call new-environment,$(TEST))
	$(TEST)/bin/python -m pip install --quiet --editable '.[test]'
	touch $@

$(OLDEST)/.stamp: pyproject.toml
	$(call new-environment,$(OLDEST))
	$(OLDEST)/bin/python -m pip install --quiet --editable '.[test]' $(OLDEST_KERNEL)
	touch $@

define new-environment
@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v < (3, 14) else f"Python 3.11 to 3.13 is needed, $(PYTHON) is {v[0]}.{v[1]}: try make PYTHON=python3.12 ...")'
@echo "making $(1) (about a minute) ..."
$(PYTHON) -m venv --clear $(1)
endef
