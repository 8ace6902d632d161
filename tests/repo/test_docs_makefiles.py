"""What a Makefile defines."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo.docs.makefiles import Makefile, makefile

TEXT = """\
SHELL := /bin/bash
IMAGES = api web
ENV ?= dev
define SCRIPT
inside:
endef
.PHONY: all build ghost
all: build  ## everything
build test-%: src/a.py
\techo "not: a target"
\t@make other
api web::
\tdocker build .
$(IMAGES:%=push): x
dev: export MODE = dev
dev: LEVEL := 1
only-variable: X = 1
ifeq ($(ENV),dev)
clean:
endif
multi \\
  line: x
%.o: %.c
objects: %.o: %.c
# comment: no
url = http://example.com:80
"""


def read(text: str, **others: str) -> Makefile:
    files = {"Makefile": text, **others}
    return makefile("Makefile", files.get, lambda path: [p for p in files if p == path])


@pytest.mark.parametrize(
    "target", ["all", "build", "test-unit", "api", "web", "clean", "multi", "line", "a.o", "objects"]
)
def test_targets(target: str) -> None:
    assert read(TEXT.replace("$(IMAGES:%=push): x\n", "")).defines(target)


@pytest.mark.parametrize(
    "target", ["ghost", "inside", "other", "SHELL", "url", "http", "only-variable", "dev", "no", "deploy"]
)
def test_what_is_no_target(target: str) -> None:
    assert not read(TEXT.replace("$(IMAGES:%=push): x\n", "")).defines(target)


def test_names_from_variables() -> None:
    found = read("NAME = shop\nBUILD := $(NAME)-build\n$(BUILD) push-$(NAME):\n\techo\n")
    assert found.targets == {"shop-build", "push-shop"}
    assert not found.is_open


def test_a_name_that_is_not_known_may_be_any() -> None:
    assert read("$(shell cat names):\n\techo\n").defines("anything")


def test_includes() -> None:
    assert read("include make/dev.mk\n", **{"make/dev.mk": "up:\n\techo\n"}).defines("up")
    assert read("include gone.mk\n").defines("anything")
    assert not read("-include .env\nsinclude x.mk\n").defines("anything")
    assert not read("include Makefile\n").defines("anything")


@given(st.text("ab:=%.$()\\#\t \nincludefPHONY", max_size=120))
def test_no_text_crashes(text: str) -> None:
    found = read(text)
    assert all(found.defines(t) for t in found.targets)


def test_deep_variables_are_done_soon() -> None:
    started = time.perf_counter()
    read("A = $(A)$(A)$(A)\n$(A):\n\techo\n" + "x" * 100_000 + ":\n")
    assert time.perf_counter() - started < 2
