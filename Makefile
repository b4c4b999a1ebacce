# SPDX-License-Identifier: MIT
# libmvo. `make help` lists the targets and the variables that may be set.

# ---------------------------------------------------------------------------------------- the caller's

# Apple's linker knows no version scripts and its ar no D: there the static library alone is built.
DARWIN := $(filter Darwin,$(shell uname -s))

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
INSTALL    ?= install
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
CXXFLAGS   ?= -O2 -g
WARNINGS   ?= -Wall -Wextra -Wpedantic -Wconversion
SHARED     ?= $(if $(DARWIN),0,1)
STATIC     ?= 1
BUILD      ?= build
OUT        ?= lib
LAPACK_PC  ?= lapack blas

MVO_TEST_DATA ?= ../shared/data
export MVO_TEST_DATA

# --------------------------------------------------------------------------------------------- version

version_part = $(shell sed -n 's/^.define MVO_VERSION_$(1) *//p' include/mvo/mvo.h)
MAJOR   := $(call version_part,MAJOR)
MINOR   := $(call version_part,MINOR)
VERSION := $(MAJOR).$(MINOR).$(call version_part,PATCH)

# ----------------------------------------------------------------------------------------------- files

SOURCES  := $(sort $(wildcard src/*/*.c))
OBJECTS  := $(SOURCES:%.c=$(BUILD)/%.o)
SUPPORT  := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/support/*.c)))
TESTS    := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard $(foreach kind,unit reference property torture,tests/$(kind)/test_*.c))))
TESTS    := $(if $(ONLY),$(filter $(ONLY:%=$(BUILD)/tests/%),$(TESTS)),$(TESTS))
BENCHES  := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/bench/*.c)))
PEER_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/bench/peers/*.c)))
BENCH_SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/bench/support/*.c)))
LONG     := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/*.c)))
EXAMPLES := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard examples/*.c))) \
            $(patsubst %.cpp,$(BUILD)/%_cpp,$(sort $(wildcard examples/*.cpp)))
EXAMPLE_SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard examples/support/*.c)))

ARCHIVE := $(OUT)/libmvo.a
SONAME  := libmvo.so.$(MAJOR)
LIBRARY := $(OUT)/libmvo.so.$(VERSION)
BUILT   := $(if $(filter 1,$(STATIC)),$(ARCHIVE)) $(if $(filter 1,$(SHARED)),$(LIBRARY))

# ----------------------------------------------------------------------------------------------- flags

# The caller's CPPFLAGS, CFLAGS and LDFLAGS stay theirs. -ffp-contract=off comes after them because the bits of
# every answer depend on it: a fused multiply-add rounds differently.
OWN_CFLAGS   := -std=c11 -Iinclude -Isrc -fPIC -fvisibility=hidden -pthread
COMPILE       = $(CC) $(OWN_CFLAGS) $(WARNINGS) $(CPPFLAGS) $(CFLAGS) -ffp-contract=off -MMD -MP
COMPILE_TEST  = $(COMPILE) -Itests $(TEST_CFLAGS) $(PEER_CFLAGS)
COMPILE_CXX   = $(CXX) -std=c++17 -Iinclude -pthread $(WARNINGS) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP
LINK          = $(if $(DARWIN),,-Wl,--as-needed)
ARCHIVE_WITH  = $(AR) rcs$(if $(DARWIN),,D)
LINK_SHARED   = -shared -Wl,-soname,$(SONAME) -Wl,--version-script=lib/libmvo.map -Wl,-z,defs -Wl,--as-needed

# What pkg-config says is asked for when a recipe first needs it, never while this file is being read: on a bare
# machine `make deps` has yet to install it.
ask_once      = $(eval $(1) := $(shell $(2)))$($(1))
LAPACK_LIBS   = $(call ask_once,LAPACK_LIBS,$(PKG_CONFIG) --libs $(LAPACK_PC))
TEST_CFLAGS   = $(call ask_once,TEST_CFLAGS,$(PKG_CONFIG) --cflags cmocka jansson)
TEST_LIBS     = $(call ask_once,TEST_LIBS,$(PKG_CONFIG) --libs cmocka jansson)

# --------------------------------------------------------------------------------------------- library

.DELETE_ON_ERROR:
.PHONY: all lib
all: lib
lib: $(BUILT)

$(ARCHIVE): $(OBJECTS) $(BUILD)/objects
	@mkdir -p $(@D)
	@rm -f $@
	$(ARCHIVE_WITH) $@ $(OBJECTS)

$(LIBRARY): $(OBJECTS) $(BUILD)/objects lib/libmvo.map
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $(LINK_SHARED) -o $@ $(OBJECTS) $(LAPACK_LIBS) -lm -pthread
	ln -sf $(@F) $(OUT)/$(SONAME)
	ln -sf $(SONAME) $(OUT)/libmvo.so

$(BUILD)/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

# Everything compiled hangs on `flags`, which changes when a flag does, and the libraries on `objects`, which changes
# when a source file comes or goes. `flags` is also what waits for the packages when `deps` is asked for in the same
# breath (make deps check), under -j as well.
remember = @mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' > $@
$(BUILD)/flags: always | $(filter deps bench-deps ci-deps,$(MAKECMDGOALS))
	$(call remember,$(COMPILE) $(COMPILE_CXX) $(AR) $(LDFLAGS) $(LAPACK_PC))
$(BUILD)/objects: always
	$(call remember,$(OBJECTS))

.PHONY: always
always:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ----------------------------------------------------------------------------------------------- tests

.PHONY: check tests
tests: $(TESTS)
check: lib $(TESTS)
	@tests/run.sh $(BUILD) $(TESTS)

# The library's names, types and imports against lib/ and tests/abi/. The recorded types are moved on purpose only,
# together with a line in CHANGELOG.md.
.PHONY: abi abi-baseline
abi: lib
	@tests/abi/check.sh $(OUT)
abi-baseline: lib
	@mkdir -p lib/abi
	tests/abi/record.sh $(LIBRARY) lib/abi/libmvo.abi

# An archive, so that each test takes of the support what it uses.
$(BUILD)/tests/support.a: $(SUPPORT)
	@rm -f $@
	$(ARCHIVE_WITH) $@ $^

$(TESTS): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/support.a $(ARCHIVE)
	$(CC) $(CFLAGS) $(LDFLAGS) $(LINK) -o $@ $^ $(TEST_LIBS) $(LAPACK_LIBS) -lm -pthread

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE_TEST) -c -o $@ $<

# ---------------------------------------------------------------------------------- examples and bench

.PHONY: examples demo study benches bench bench-peers bench-qp soak hash hash-elsewhere
examples: $(EXAMPLES)

demo: $(BUILD)/examples/frontier
	$(BUILD)/examples/frontier --svg $(BUILD)/frontier.svg --csv $(BUILD)/corners.csv examples/data/djia30_daily.csv

# The thirty stocks, and the other prices where the test data are.
study_of = $(if $(wildcard $(MVO_TEST_DATA)/prices/$(1)),$(MVO_TEST_DATA)/prices/$(1) $(2))
STUDIED   = examples/data/djia30_daily.csv 252 $(call study_of,equity_sp500_20_daily_closes.csv,252) \
           $(call study_of,crypto_daily_closes.csv,365)
study: $(BUILD)/examples/study
	$< $(STUDIED)

$(BUILD)/examples/support.a: $(EXAMPLE_SUPPORT)
	@rm -f $@
	$(ARCHIVE_WITH) $@ $^

# The C++ program of examples/x.cpp is build/examples/x_cpp, so that x.c can stand beside it.
$(EXAMPLES): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/examples/support.a $(ARCHIVE)
	$(if $(filter %_cpp,$@),$(CXX) $(CXXFLAGS),$(CC) $(CFLAGS)) $(LDFLAGS) $(LINK) -o $@ $^ $(LAPACK_LIBS) -lm -pthread

$(BUILD)/examples/%.o: examples/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$(BUILD)/examples/%_cpp.o: examples/%.cpp $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE_CXX) -c -o $@ $<

# Only where an MPI compiler is: nothing else asks for one.
MPICC ?= mpicc
.PHONY: mpi-example
mpi-example: $(if $(shell command -v $(MPICC) 2>/dev/null),$(BUILD)/examples/mpi/batch_mpi,no-mpi)
.PHONY: no-mpi
no-mpi:
	@echo 'no $(MPICC): the MPI example is left out (Debian: libopenmpi-dev openmpi-bin)'
$(BUILD)/examples/mpi/%: examples/mpi/%.c $(BUILD)/examples/support.a $(ARCHIVE)
	@mkdir -p $(@D)
	$(MPICC) $(OWN_CFLAGS) $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LINK) -o $@ $^ $(LAPACK_LIBS) -lm -pthread

# The benchmarks print tab-separated lines. What they measure against, OpenBLAS, is loaded at run time: nothing else
# needs it, and `make bench-deps` installs it.
PORTFOLIO_BENCHES := $(addprefix $(BUILD)/tests/bench/,bench bench_costs bench_factor bench_frontier bench_batch bench_handles \
                       bench_density)
# Every program that measures, or runs long: built, not run.
benches: $(BENCHES) $(LONG)
bench: $(PORTFOLIO_BENCHES) $(BUILD)/tests/bench/bench_memory
	@set -e; for program in $(PORTFOLIO_BENCHES); do $$program $(BENCH_ARGS); done; $(BUILD)/tests/bench/bench_memory
bench-peers: $(BUILD)/tests/bench/bench_peers
	$< $(BENCH_ARGS)
bench-qp: $(BUILD)/tests/bench/bench_qp
	$< $(BENCH_ARGS)

# Other solvers are timed where their header and library are found (CPPFLAGS and LDFLAGS say where else to look); none is
# needed, and nothing but this program ever sees them. A found one's macro and libraries: its file in bench/peers is empty
# without the first.
found_peer = $(shell printf '\043include <$(1)>\nint main(void) { return 0; }\n' | \
               $(CC) $(CPPFLAGS) $(LDFLAGS) -x c - $(2) -o /dev/null 2>/dev/null && echo $(3) $(2))
PEERS      = $(call ask_once,PEERS,echo $(call found_peer,daqp/api.h,-ldaqp,PEER_DAQP) \
               $(call found_peer,qpOASES_wrapper.h,-lqpOASES_wrapper,PEER_QPOASES) $(call found_peer,piqp.h,-lpiqpc,PEER_PIQP) \
               $(call found_peer,hpipm_d_dense_qp_ipm.h,-lhpipm -lblasfeo,PEER_HPIPM) \
               $(call found_peer,osqp/osqp_api_functions.h,-losqp,PEER_OSQP))
$(PEER_OBJECTS): PEER_CFLAGS = $(addprefix -D,$(filter PEER_%,$(PEERS)))
$(BUILD)/tests/bench/bench_peers: PEER_LIBS = $(filter -l%,$(PEERS))
$(BUILD)/tests/bench/bench_peers: $(PEER_OBJECTS)

# Long runs against planted optima, changed sets and mutated texts; minutes. The tests run smaller ones of the same kinds.
SOAK ?= 100000
soak: $(LONG)
	$(BUILD)/tests/fuzz/soak_planted $(SOAK)
	$(BUILD)/tests/fuzz/soak_sets
	$(BUILD)/tests/fuzz/soak_costs $(SOAK)
	$(BUILD)/tests/fuzz/soak_paths $(SOAK)
	$(BUILD)/tests/fuzz/fuzz_text $(SOAK)
	$(BUILD)/tests/fuzz/warm_cost
# One line that depends on every bit of many answers: the same for every compiler, optimisation and BLAS.
hash: $(BUILD)/tests/fuzz/hash_answers
	@$<

# The same line from another architecture, run by an emulator. On Debian: dpkg --add-architecture arm64, then
# gcc-aarch64-linux-gnu, qemu-user-static and the arm64 packages of the libraries above.
ELSEWHERE ?= aarch64-linux-gnu
hash-elsewhere:
	@$(MAKE) -s BUILD=$(BUILD)/$(ELSEWHERE) OUT=$(BUILD)/$(ELSEWHERE)/lib SHARED=0 CC=$(ELSEWHERE)-gcc AR=$(ELSEWHERE)-ar \
	    $(BUILD)/$(ELSEWHERE)/tests/fuzz/hash_answers
	@qemu-$(firstword $(subst -, ,$(ELSEWHERE)))-static -L / $(BUILD)/$(ELSEWHERE)/tests/fuzz/hash_answers

$(BUILD)/tests/bench/support.a: $(BENCH_SUPPORT)
	@rm -f $@
	$(ARCHIVE_WITH) $@ $^

$(BENCHES) $(LONG): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/bench/support.a $(BUILD)/tests/support.a $(ARCHIVE)
	$(CC) $(CFLAGS) $(LDFLAGS) $(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(TEST_LIBS) $(PEER_LIBS) $(LAPACK_LIBS) -lm -ldl -pthread

# ---------------------------------------------------------------------------------------- dependencies

DEPS       := gcc g++ pkg-config libc6-dev libblas-dev liblapack-dev libcmocka-dev libjansson-dev gnuplot-nox
BENCH_DEPS := libopenblas-dev
CI_DEPS    := clang libclang-rt-dev abigail-tools binutils gfortran

.PHONY: deps bench-deps ci-deps
deps:
	@tests/support/install_packages.sh $(DEPS)
bench-deps:
	@tests/support/install_packages.sh $(BENCH_DEPS)
ci-deps:
	@tests/support/install_packages.sh $(CI_DEPS)

# --------------------------------------------------------------------------------------------- install

# What a consumer that links everything statically needs behind libmvo.a. The .pc files of Debian's reference LAPACK
# do not name the Fortran runtime, so it is named here where the compiler has it, behind the libraries that use it.
below_prefix  = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))
has_archive   = $(findstring /,$(shell $(CC) -print-file-name=lib$(1).a))
FORTRAN_LIBS ?= $(if $(call has_archive,gfortran),-lgfortran $(if $(call has_archive,quadmath),-lquadmath))
LIBS_PRIVATE  = $(if $(FORTRAN_LIBS),$(filter -l%,$(LAPACK_LIBS)) $(FORTRAN_LIBS)) -lm

.PHONY: install uninstall
install: lib
	$(INSTALL) -d $(DESTDIR)$(INCLUDEDIR)/mvo $(DESTDIR)$(LIBDIR)/pkgconfig
	$(INSTALL) -m 644 include/mvo/*.h* $(DESTDIR)$(INCLUDEDIR)/mvo
ifeq ($(STATIC),1)
	$(INSTALL) -m 644 $(ARCHIVE) $(DESTDIR)$(LIBDIR)
endif
ifeq ($(SHARED),1)
	$(INSTALL) -m 755 $(LIBRARY) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(LIBRARY)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libmvo.so
endif
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call below_prefix,$(LIBDIR))|' \
	    -e 's|@INCLUDEDIR@|$(call below_prefix,$(INCLUDEDIR))|' -e 's|@VERSION@|$(VERSION)|' \
	    -e 's|@LAPACK_PC@|$(LAPACK_PC)|' -e 's|@LIBS_PRIVATE@|$(LIBS_PRIVATE)|' \
	    pkgconfig/mvo.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/mvo.pc
	chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/mvo.pc

uninstall:
	rm -f $(DESTDIR)$(LIBDIR)/libmvo.a $(DESTDIR)$(LIBDIR)/libmvo.so $(DESTDIR)$(LIBDIR)/libmvo.so.$(MAJOR)*
	rm -f $(DESTDIR)$(LIBDIR)/pkgconfig/mvo.pc
	rm -f $(patsubst include/%,$(DESTDIR)$(INCLUDEDIR)/%,$(wildcard include/mvo/*))
	@rmdir $(DESTDIR)$(INCLUDEDIR)/mvo 2>/dev/null || true

# ------------------------------------------------------------------------------------------- the rest

.PHONY: clean help
clean:
	rm -rf $(BUILD) $(OUT)/libmvo.a $(OUT)/libmvo.so $(OUT)/libmvo.so.*

help:
	@sed -n 's/^#: //p' Makefile

#: libmvo: targets
#:   all, lib      lib/libmvo.a and lib/libmvo.so (SHARED=0 or STATIC=0 leaves one out)
#:   check         build and run every test; the last line says how many passed, failed and were skipped
#:   abi           exported symbols, imports and types against lib/ and tests/abi/ (abi-baseline records them anew)
#:   demo          the efficient frontier of thirty stocks: a table and a picture
#:   study         which covariance estimator gives the least risky portfolios out of sample, on the prices at hand
#:   examples      build every program of examples/ into build/examples/
#:   mpi-example   build/examples/mpi/batch_mpi, where mpicc is (MPICC)
#:   bench         time portfolios in units of one OpenBLAS Cholesky (BENCH_ARGS="a,b 500" for a part; needs OpenBLAS)
#:   bench-peers   the same beside other solvers, those that are installed (DAQP, qpOASES, PIQP, HPIPM, OSQP)
#:   bench-qp      solve the Maros-Meszaros problems, a line for each
#:   benches       build these and every other program of tests/bench/ and tests/fuzz/ without running it
#:   soak          long runs of random and changed problems and of mutated texts (SOAK=100000 of them); warm starts beside cold ones
#:   hash          a hash over the bits of many answers, the same from every build
#:   hash-elsewhere
#:                 the same for arm64, run by qemu
#:   deps          install what building and testing needs (Debian, Ubuntu; root or sudo)
#:   bench-deps    install what the benchmarks need beside that
#:   ci-deps       install what .ci/run needs beside that
#:   install, uninstall, clean
#: Variables: CC CXX AR CPPFLAGS CFLAGS CXXFLAGS LDFLAGS WARNINGS PKG_CONFIG INSTALL DESTDIR PREFIX LIBDIR
#:   INCLUDEDIR SHARED STATIC BUILD (objects) OUT (libraries) LAPACK_PC (pkg-config names of LAPACK and BLAS)
#:   ONLY (tests to run, as in ONLY=unit/test_kernels or ONLY=unit/%)
#:   MVO_TEST_DATA (folder of the larger test data; tests that need it are skipped by name without it)
