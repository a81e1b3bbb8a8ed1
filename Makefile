# `make test` is `python run.py test`: the commands are in run.py, and `make` lists them. This file only
# passes them on, with the NAME=value beside them. Written for make 3.81, which macOS has.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.NOTPARALLEL:

LEAST := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	"$$p" -c '$(LEAST)' 2>/dev/null && echo "$$p" && break; done)

# as they were typed, and by the environment: neither make nor the shell reads the letters of a title
export BOOK_BENCH := $(value BENCH)
export BOOK_CHAPTER := $(value CHAPTER)
export BOOK_FAMILY := $(value FAMILY)
export BOOK_LANGUAGE := $(value LANGUAGE)
export BOOK_NAME := $(value NAME)
export BOOK_OUT := $(value OUT)
export BOOK_REPO := $(value REPO)
export BOOK_RUN := $(value RUN)
export BOOK_TAG := $(value TAG)
export BOOK_THIRD := $(value THIRD)
export BOOK_TITLE := $(value TITLE)
export BOOK_WEEK := $(value WEEK)
export BOOK_WHERE := $(value WHERE)
unexport BENCH CHAPTER FAMILY LANGUAGE NAME OUT REPO RUN TAG THIRD TITLE WEEK WHERE

GOALS := $(or $(MAKECMDGOALS),help)
.PHONY: $(GOALS)
$(GOALS):
	@"$(or $(PYTHON),python3)" run.py $@
