# mmreplay: one Makefile; "make help" lists goals and switches.
# New .c files are picked up by wildcard; each flavour has its own folder.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
VERSION := 0.1.0

ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
PREFIX ?= /usr/local
Q := $(if $(V),,@)
say = $(if $(Q),@printf '  %-7s %s\n' '$(1)' '$(2)')

# ---- flavour: what changes the objects names their folder ----

comma := ,
FLAVOUR := $(filter-out gcc,$(notdir $(firstword $(CC)))) $(if $(DEBUG),debug) \
	$(subst $(comma), ,$(SAN))
BUILD ?= build$(if $(strip $(FLAVOUR)),/$(subst $(eval ) ,-,$(strip $(FLAVOUR))))

CFLAGS_OPT := $(if $(DEBUG),-O1 -DMM_DEBUG=1,-O2)
CFLAGS_ALL := -std=c11 -D_GNU_SOURCE -Wall -Wextra $(if $(WERROR),-Werror) -g $(CFLAGS_OPT) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	-DMM_VERSION='"$(VERSION)"' -I. -MMD -MP $(CFLAGS)
LDFLAGS_ALL := $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)

# ---- libraries: found once; goals that can do without are let through ----

PKGS := libzstd jansson libtracecmd libtracefs libtraceevent
NO_LIBS_GOALS := lint clean help setup test demo uninstall
ifneq ($(filter-out $(NO_LIBS_GOALS),$(or $(MAKECMDGOALS),all)),)
  PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null || echo missing)
  ifneq ($(filter missing,$(PKG_CFLAGS)),)
    $(error Not all of $(PKGS) are installed: run 'make setup', which installs what is missing)
  endif
  PKG_LIBS := $(shell pkg-config --libs $(PKGS))
  # jemalloc is looked for only: what is linked of it, see JEMALLOC_O.
  ifneq ($(shell pkg-config --exists jemalloc || echo missing),)
    $(error jemalloc is not installed: run 'make setup', which installs what is missing)
  endif
endif

# ---- what is built from what ----

# The jemalloc baseline has a jemalloc of its own: the archive as one object in
# which only these names are visible, with a prefix, so that malloc stays the C
# library's (or what LD_PRELOAD brings).
JEMALLOC_A := $(firstword $(filter /%,$(foreach a,libjemalloc_pic.a libjemalloc.a,\
	$(shell $(CC) -print-file-name=$(a)))))
JEMALLOC_NAMES := malloc mallocx sdallocx mallctl malloc_conf
JEMALLOC_O := $(BUILD)/replay/private_jemalloc.o

# The engine is a library of its own (libmm86); everything else but cmd/ is
# the library that the command and the tests link.
ENGINE_SRC := $(wildcard base/mm_error.c engine/*.c engine/*/*.c)
LIB_SRC := $(filter-out base/mm_error.c,$(wildcard base/*.c)) \
	$(wildcard traces/*/*.c replay/*.c replay/*/*.c analyze/*.c analyze/*/*.c plots/*.c)
CMD_SRC := $(wildcard cmd/*.c)
TEST_SRC := $(wildcard tests/*/test_*.c tests/test_*.c)
TEST_HELP := $(filter-out $(TEST_SRC),$(wildcard tests/*.c tests/*/*.c))
BENCH_SRC := $(wildcard bench/bm_*.c)
# The benchmark library stands alone; benchmarks and its tests link it.
BENCH_LIB_SRC := $(wildcard bench/libbench/*.c)
BENCH_HELP := $(filter-out $(BENCH_SRC),$(wildcard bench/*.c))

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
ENGINE_LIB := $(BUILD)/libmm86.a
LIB := $(BUILD)/libmmreplay.a
BENCH_LIB := $(BUILD)/libbench.a
TESTS := $(patsubst %.c,$(BUILD)/%,$(TEST_SRC))
BENCHES := $(patsubst %.c,$(BUILD)/%,$(BENCH_SRC))
BENCH_JSON := $(BUILD)/bench/tools/bench_json

all: $(BUILD)/mmreplay

# Objects depend on the flags they were made with: a changed CFLAGS rebuilds.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(filter-out -Werror,$(CFLAGS_ALL)) $(LDFLAGS_ALL)' | cmp -s - $@ || \
		echo '$(CC) $(filter-out -Werror,$(CFLAGS_ALL)) $(LDFLAGS_ALL)' > $@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -c -o $@ $<

# Archives depend on their list of members too, so that a removed file goes.
$(ENGINE_LIB): $(call obj,$(ENGINE_SRC)) $(wildcard engine engine/*/)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(JEMALLOC_O): $(JEMALLOC_A) Makefile
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)ld -r -u mallocx -o $@.tmp $<
	$(Q)objcopy $(foreach n,$(JEMALLOC_NAMES),--redefine-sym $(n)=private_$(n)) $@.tmp
	$(Q)objcopy $(foreach n,$(JEMALLOC_NAMES),--keep-global-symbol=private_$(n)) $@.tmp $@
	$(Q)rm -f $@.tmp

$(LIB): $(call obj,$(LIB_SRC)) $(JEMALLOC_O) $(wildcard base replay replay/*/ analyze analyze/*/ plots traces/*/)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(BENCH_LIB): $(call obj,$(BENCH_LIB_SRC)) $(wildcard bench/libbench)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

LINK = $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(LIB) $(ENGINE_LIB) $(PKG_LIBS)

$(BUILD)/mmreplay: $(call obj,$(CMD_SRC)) $(LIB) $(ENGINE_LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -lm

$(TESTS): $(BUILD)/%: $(BUILD)/%.o $(call obj,$(TEST_HELP)) $(LIB) $(ENGINE_LIB) $(BENCH_LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(BENCH_LIB) -lcmocka -lm

$(BENCHES): $(BUILD)/%: $(BUILD)/%.o $(call obj,$(BENCH_HELP)) $(LIB) $(ENGINE_LIB) $(BENCH_LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(BENCH_LIB) -lm

$(BENCH_JSON): $(BENCH_JSON).o $(BENCH_LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(BENCH_LIB) $(PKG_LIBS) -lm

# Helpers of the benchmarks that have tests.
$(BUILD)/tests/bench/test_bench_trace: $(call obj,bench/bench_trace.c bench/bench_trace_file.c)

tests: $(TESTS)

# ---- goals ----

# Goals that set up first build in a second make: libraries that were installed
# just now are found, and all processors are used unless -j says otherwise.
AGAIN = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

setup:
	@scripts/setup.sh

# TEST=REGEX runs only the programs whose path matches.
test:
	@scripts/setup.sh --tests
	+@$(AGAIN) run-tests

run-tests: $(BUILD)/mmreplay $(BENCH_JSON) $(TESTS)
	@MMREPLAY=$(BUILD)/mmreplay CC='$(CC)' TEST_CFLAGS='$(if $(SAN),-fsanitize=$(SAN)) $(CFLAGS)' \
	TEST_MAKE_ARGS='BUILD=$(BUILD) SAN=$(SAN) DEBUG=$(DEBUG)' CFLAGS='$(CFLAGS)' LDFLAGS='$(LDFLAGS)' \
	scripts/run-tests.sh $(BUILD) '$(TEST)' $(TESTS)

demo:
	@scripts/setup.sh
	+@$(AGAIN) run-demo

run-demo: $(BUILD)/mmreplay
	@scripts/demo.sh $(BUILD)/mmreplay

# Those that take many minutes have goals of their own.
QUICK_BENCHES := $(filter-out %/bm_flat,$(BENCHES))

bench: $(QUICK_BENCHES) $(BENCH_JSON)
	@scripts/run-benches.sh $(BENCH_JSON) '$(BENCH_FILTER)' '$(BENCH_OUT)' $(QUICK_BENCHES)

bench-flat: $(BUILD)/bench/bm_flat $(BENCH_JSON)
	@scripts/run-benches.sh $(BENCH_JSON) '$(BENCH_FILTER)' '$(BENCH_OUT)' $<

# Import beside the tools that read the same files.
bench-import: $(BUILD)/mmreplay
	@bench/import-peers.sh $<

bench-compare: $(BENCH_JSON)
	@$(BENCH_JSON) compare '$(A)' '$(B)'

# Frame pointers give perf its call graphs; they are a flavour of their own.
profile:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/profile CFLAGS='$(CFLAGS) -fno-omit-frame-pointer' all
	@scripts/profile.sh $(BUILD)/profile/mmreplay results/profile $(TRACE)

lint:
	@scripts/lint.sh

# A real kernel under QEMU: recorded, verified, replayed.  Needs a Debian mirror.
check-qemu: $(BUILD)/mmreplay
	@MMREPLAY=$(BUILD)/mmreplay scripts/check-qemu.sh

# ---- install ----

# DESTDIR is where a package is put together; it goes before every path.
dest = $(DESTDIR)$(PREFIX)
# The engine's public header with what it includes, as the compiler sees it.
ENGINE_HEADERS = $(filter-out engine/mm86.h,$(filter %.h,$(shell $(CC) -I. -MM engine/mm86.h)))
# Files that the command looks for at run time (base/datadir.h), by their names here.
# The guest's program under traces/record/qemu/ is compiled when it is needed.
DATA = $(shell find plots machines traces/bundled traces/record traces/synth -type f ! -name '.*' \
	\( ! -name '*.[ch]' -o -path '*/qemu/*' \) 2>/dev/null)

# The libraries as strangers get them: one object each, in which only mm_*
# and bench_* are visible.
$(BUILD)/install/libmm86.a: $(ENGINE_LIB)
	@mkdir -p $(@D)
	$(Q)ld -r -o $(@D)/mm86.o $(call obj,$(ENGINE_SRC))
	$(Q)objcopy --wildcard --keep-global-symbol='mm_*' $(@D)/mm86.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(@D)/mm86.o

$(BUILD)/install/libbench.a: $(BENCH_LIB)
	@mkdir -p $(@D)
	$(Q)ld -r -o $(@D)/bench.o $(call obj,$(BENCH_LIB_SRC))
	$(Q)objcopy --wildcard --keep-global-symbol='bench_*' $(@D)/bench.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(@D)/bench.o

install: $(BUILD)/mmreplay $(BUILD)/install/libmm86.a $(BUILD)/install/libbench.a
	$(Q)install -D -m 755 $(BUILD)/mmreplay $(dest)/bin/mmreplay
	$(Q)install -D -m 644 $(BUILD)/install/libmm86.a $(dest)/lib/libmm86.a
	$(Q)install -D -m 644 engine/mm86.h $(dest)/include/mm86/mm86.h
	$(Q)for f in $(ENGINE_HEADERS); do install -D -m 644 $$f $(dest)/include/mm86/$$f; done
	$(Q)install -D -m 644 $(BUILD)/install/libbench.a $(dest)/lib/libbench.a
	$(Q)install -D -m 644 bench/libbench/bench.h $(dest)/include/libbench/bench.h
	$(Q)install -d $(dest)/lib/pkgconfig
	$(Q)for p in mm86 libbench; do \
		sed 's|@PREFIX@|$(abspath $(PREFIX))|; s|@VERSION@|$(VERSION)|' scripts/$$p.pc.in \
			> $(dest)/lib/pkgconfig/$$p.pc || exit; done
	$(Q)install -D -m 644 docs/mmreplay.1 $(dest)/share/man/man1/mmreplay.1
	$(Q)install -D -m 644 scripts/mmreplay.bash $(dest)/share/bash-completion/completions/mmreplay
	$(Q)for f in $(DATA); do install -D -m 644 $$f $(dest)/share/mmreplay/$$f; done
	$(Q)chmod 755 $(dest)/share/mmreplay/traces/record/qemu-i386
	@echo "installed below $(dest)"

uninstall:
	$(Q)rm -f $(dest)/bin/mmreplay $(dest)/lib/libmm86.a $(dest)/lib/pkgconfig/mm86.pc \
		$(dest)/lib/libbench.a $(dest)/lib/pkgconfig/libbench.pc \
		$(dest)/share/man/man1/mmreplay.1 $(dest)/share/bash-completion/completions/mmreplay
	$(Q)rm -rf $(dest)/include/mm86 $(dest)/include/libbench $(dest)/share/mmreplay

clean:
	$(Q)rm -rf build $(BUILD)

help:
	@sed -n 's/^#: //p' Makefile

#: goals
#:   all        the command: build/mmreplay (default)
#:   setup      install what Debian packages are missing (apt-get)
#:   test       setup, build, run the tests; TEST=REGEX runs some of them
#:   demo       setup, build, replay the bundled trace, write its report
#:   bench      build and run bench/bm_*; BENCH_FILTER=REGEX BENCH_OUT=FILE.json,
#:              further flags as variables, e.g. BENCHMARK_REPETITIONS=9
#:   bench-flat     cost by number of operations, memory and live set: many minutes
#:   bench-import   import beside perf kmem stat and trace-cmd report
#:   bench-compare  A=OLD.json B=NEW.json: ratios, and which are no chance
#:   profile    perf on a replay: results/profile/ (TRACE=FILE: of another trace)
#:   lint       check the rules that a compiler does not
#:   check-qemu record a 32-bit kernel under QEMU, verify and replay that (2 min)
#:   install    PREFIX=/usr/local DESTDIR=; uninstall removes the same files
#:   clean      remove build/
#: switches
#:   DEBUG=1                 -O1 and the expensive checks
#:   SAN=address,undefined   sanitizers
#:   CC=clang                another compiler
#:   WERROR=1                warnings are errors
#:   V=1                     show the commands
#: Each flavour is built in its own folder below build/.

.PHONY: all tests setup test run-tests demo run-demo bench bench-flat bench-import bench-compare profile lint check-qemu install \
	uninstall clean help FORCE
.SECONDARY:
-include $(patsubst %.c,$(BUILD)/%.d,$(ENGINE_SRC) $(LIB_SRC) $(CMD_SRC) $(TEST_SRC) \
	$(TEST_HELP) $(BENCH_SRC) $(BENCH_HELP) $(BENCH_LIB_SRC)) $(BENCH_JSON).d
