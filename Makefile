# Two commands on a machine that has Python 3.11 to 3.13 and make:
#
#   make review    set up .venv, then review the articles in this repository
#   make prove     set up .venv, then prove every erratum of the articles, both ways (minutes)
#   make site      set up .venv, then write the report site; open site/index.html
#   make test      set up .venv, then pass every check; CI runs this and nothing else
#
# The second run finds the set-up done. PYTHON names another interpreter, JOBS the test processes.

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := requirements.lock

# Where PYTHON was not named by the caller, any supported interpreter will do.
CANDIDATES := $(strip $(PYTHON) $(if $(filter file,$(origin PYTHON)),python3.13 python3.12 python3.11))
SUPPORTED := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# A command may exist and still not run (pyenv), so each is tried.
define FIND_PYTHON
python=; \
for candidate in $(CANDIDATES); do \
  if "$$candidate" -c '$(SUPPORTED)' >/dev/null 2>&1; then python=$$candidate; break; fi; \
done; \
if [ -z "$$python" ]; then \
  echo "No Python 3.11, 3.12 or 3.13 with its venv module was found (tried: $(CANDIDATES))." >&2; \
  echo "Install one (Debian, Ubuntu: apt install python3 python3-venv) or run: make PYTHON=/path/to/python3" >&2; \
  exit 1; \
fi
endef

.PHONY: help setup review prove site test test-full test-backends lock clean

help:
	@sed -n 's/^#   //p' Makefile

setup: $(STAMP)

# The stamp is written last: a set-up that was interrupted is begun anew.
$(STAMP): $(LOCK) pyproject.toml
	@rm -f $@; $(FIND_PYTHON); echo "Setting up $(VENV) with $$python (this downloads about 1 GB once)"; \
	if $(BIN)/python -c '$(SUPPORTED)' >/dev/null 2>&1; then :; else "$$python" -m venv --clear $(VENV); fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
		--require-hashes -r $(LOCK)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
# What a confined worker imports it cannot keep compiled: all that it sees is read-only.
	@$(BIN)/python -m compileall -q harness
	@touch $@

# Status 1 says that the articles have faults, and they have; 2 and 3 say that the review went wrong.
review: $(STAMP)
	@$(BIN)/errata review articles || [ $$? -eq 1 ]

prove: $(STAMP)
	@$(BIN)/errata prove

site: $(STAMP)
	@$(BIN)/errata report site articles
	@echo "open site/index.html in a browser"

# The files that take minutes hold few tests: in the order of their number of tests they would come last.
test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not full"

test-full: $(STAMP)
	$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

# Structure and gradients on JAX and torch. torch is gigabytes and not in the lock.
test-backends: $(STAMP)
	@$(BIN)/python -c 'import torch' 2>/dev/null || \
		echo "torch is not installed, so its checks are skipped; $(BIN)/pip install 'torch>=2.6' brings it"
	$(BIN)/pytest -n $(JOBS) tests/measure/test_backends.py tests/convergence/test_backends.py

# Keeps the versions that are locked; UPGRADE=--upgrade takes the newest.
lock:
	@$(FIND_PYTHON); folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	"$$python" -m venv "$$folder" && "$$folder/bin/pip" install --quiet --disable-pip-version-check uv && \
	"$$folder/bin/uv" --quiet pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --no-emit-find-links $(UPGRADE) -o $(LOCK)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .benchmarks .import_linter_cache build dist *.egg-info
