# `make lab` opens the course, `make test` runs every test; each sets up on its own what it needs, once, in .venv.

PYTHON ?= python3
JOBS   ?= 2
VENV   := .venv
BIN    := $(VENV)/bin

LAB   := $(VENV)/.installed-lab
TEST  := $(VENV)/.installed-test
BENCH := $(VENV)/.installed-bench

EXTRAS-lab   := lab,relay
EXTRAS-test  := test
EXTRAS-bench := bench

# Packages that only other Pythons or systems need (papermill on 3.12, ipykernel on macOS), so that they are pinned too.
ELSEWHERE := chia_rs aiohttp appnope

# What drandlab's own versions of its dependencies can break.
FLOOR-TESTS := $(addprefix tests/,algebra analysis beacon cli crypto curves dkg idn node orbit remote served simulation teach viz wire) drandlab

# The tests start hundreds of Pythons: each would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help lab test course docs planted bounds notebooks sweep check static bench proto constraints floors clean moved

help: ## list these commands
	@echo 'drandlab: a laboratory for distributed randomness'
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

lab: $(LAB) ## open the course in JupyterLab
	@$(BIN)/drandlab lab

# A notebook's cells stay on one worker (loadscope); a worker that crashes ends the run, since xdist hangs on its successor.
test: $(TEST) static ## run every test: style, types, library, notebooks, browser
	$(BIN)/python -m pytest -n $(JOBS) --dist loadscope --max-worker-restart=0

course: $(LAB) ## run all notebooks and write them as one HTML site under build/
	$(BIN)/drandlab course

docs: $(TEST) ## write what is generated in docs/: kinds of the journal, folders of the map
	$(BIN)/python tests/kit/docs_pages.py

planted: $(TEST) ## measure in how many seeds the fuzz finds each planted bug, and write docs/planted-bugs.md
	$(BIN)/python tests/kit/planted_table.py

bounds: $(TEST) ## run every attack over 200 seeds and tell which outcomes lie outside of their bounds
	$(BIN)/python tests/kit/attack_bounds.py

notebooks: $(TEST) ## run all notebooks and save them as run (what to commit after a change)
	$(BIN)/python tests/notebooks/save.py

sweep: $(TEST) ## run every notebook under hundreds of parameters; a sweep that was ended goes on
	$(BIN)/python tests/notebooks/sweep.py --jobs $(JOBS)

check: $(TEST) static ## style, types and the rules of the house, in seconds
	$(BIN)/python -m pytest -q tests/test_*.py

static: $(TEST)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(BENCH) ## compare the speed with the peers that are installed
	$(BIN)/drandlab bench

proto: $(TEST) ## write the Python of the .proto files anew
	$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. drandlab/wire/*.proto

# With the oldest Python there is: packages ask for patch releases too, and a test wants every pin to allow 3.11.0.
constraints: ## pin anew every version that the project installs (make constraints PYTHON=python3.11)
	$(PYTHON) -m venv --clear build/constraints
	build/constraints/bin/python -m pip install --quiet -e '.[bench,p2p,test]' $(ELSEWHERE)
	@{ sed -n '/^#/p' constraints.txt; build/constraints/bin/python -m pip freeze --all --exclude-editable | sed -E \
		-e '/^pip==/d' \
		-e '/^(blspy|drand-verify)==/s/$$/; python_version < "3.13"/' \
		-e '/^chia_rs==/s/$$/; python_version >= "3.13"/'; } > build/constraints.txt
	mv build/constraints.txt constraints.txt

# Slow, and only of use when a bound changes: not a part of `make test`.
floors: $(TEST) ## install the oldest versions that pyproject.toml allows and run the tests of the library with them
	$(PYTHON) -m venv --clear build/floors
	$(BIN)/python tests/floors.py > build/floors/floors.txt
	build/floors/bin/python -m pip install --quiet -c build/floors/floors.txt -e '.[$(EXTRAS-test)]'
	build/floors/bin/python -m pytest -n $(JOBS) --dist loadscope --max-worker-restart=0 $(FLOOR-TESTS)

clean: ## remove what was built; the environment in .venv stays
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# An environment works only where it was made: in a checkout that was moved or copied it is made anew.
ifneq ($(wildcard $(VENV)/.place),)
ifneq ($(shell cat $(VENV)/.place),$(CURDIR))
MOVED := moved
endif
endif

$(VENV)/.installed-%: pyproject.toml constraints.txt $(MOVED)
	@echo "Setting up .venv for 'make $*': once, one to three minutes, later calls start at once."
	@$(if $(MOVED),false,$(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null) || { \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
			echo "drandlab needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo 'not there'):" \
				"install one, or name it: make $* PYTHON=python3.12" >&2; exit 1; }; \
		$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
			echo "'$(PYTHON) -m venv' does not work here: install Python's venv module" \
				"(Debian, Ubuntu: sudo apt install python3-venv) and call make again" >&2; exit 1; }; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS-$*)]' || { \
		echo "pip could not install drandlab's packages, the lines above say why;" \
			"with the network in order, call make again" >&2; exit 1; }
	@pwd -P > $(VENV)/.place
	@touch $@
