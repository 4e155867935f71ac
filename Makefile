# mmreplay: one Makefile.  make [DEBUG=1] [SAN=address,undefined] [CC=clang] [V=1] [WERROR=1]
# Goals: all test demo bench install clean; see "make help".
.DEFAULT_GOAL := all
ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
VERSION := 0.1.0
PKGS := libzstd jansson libtracecmd libtracefs libtraceevent
BUILD ?= build
Q := $(if $(V),,@)

CFLAGS_OPT := $(if $(DEBUG),-O1 -DMM_DEBUG=1,-O2)
CFLAGS_ALL := -std=c11 -D_GNU_SOURCE -Wall -Wextra $(if $(WERROR),-Werror) -g $(CFLAGS_OPT) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) -DMM_VERSION='"$(VERSION)"' -I. -MMD -MP $(CFLAGS)
LDFLAGS_ALL := $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS = $(shell pkg-config --libs $(PKGS))

# The engine is a library of its own (libmm86); everything else but cmd/ is
# the library that the command and the tests link.
ENGINE_SRC := $(wildcard base/mm_error.c engine/*.c engine/*/*.c)
LIB_SRC := $(filter-out base/mm_error.c,$(wildcard base/*.c)) \
	$(wildcard traces/*/*.c replay/*.c analyze/*.c plots/*.c)
CMD_SRC := $(wildcard cmd/*.c)
TEST_SRC := $(wildcard tests/*/test_*.c tests/test_*.c)
TEST_HELP := $(filter-out $(TEST_SRC),$(wildcard tests/*.c tests/*/*.c))

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
ENGINE_LIB := $(BUILD)/libmm86.a
LIB := $(BUILD)/libmmreplay.a
TESTS := $(patsubst %.c,$(BUILD)/%,$(TEST_SRC))

all: $(BUILD)/mmreplay

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC      $<")
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -c -o $@ $<

$(ENGINE_LIB): $(call obj,$(ENGINE_SRC))
	$(if $(Q),@echo "  AR      $@")
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(LIB): $(call obj,$(LIB_SRC))
	$(if $(Q),@echo "  AR      $@")
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/mmreplay: $(call obj,$(CMD_SRC)) $(LIB) $(ENGINE_LIB)
	$(if $(Q),@echo "  LINK    $@")
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) -lm

$(TESTS): $(BUILD)/%: $(BUILD)/%.o $(call obj,$(TEST_HELP)) $(LIB) $(ENGINE_LIB)
	$(if $(Q),@echo "  LINK    $@")
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) -lcmocka -lm

tests: $(TESTS)

clean:
	$(Q)rm -rf $(BUILD)

.PHONY: all tests clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
