# message_db: a message store inside PostgreSQL and SQLite.
#
#	make			both extensions: ./message_db.so for SQLite, and
#				build/postgresql-N/ for the server of PG_CONFIG
#	make demo		the SQLite extension at work on real input
#	make check		every test, on a private PostgreSQL
#	make bench		measures it against Message DB and the bare databases;
#				BENCH='--areas writes,reads --rounds 7' and the like
#	make install		the PostgreSQL extension, into the server of PG_CONFIG
#	make install-sqlite	the SQLite extension, into LIBDIR/message_db
#	make asan, ubsan, tsan, valgrind
#				tests under a checker; TESTS='common sqlite/batches' chooses
#	make analyze	static analysis: cppcheck, clang-tidy, gcc -fanalyzer
#	make coverage	which lines the tests run, file by file
#	make faults		campaigns of faults on SQLite, the long form
#	make fuzz		the fuzzers of regress/fuzz, FUZZ_SECONDS each
#	make hostile		hostile arguments, both databases, HOSTILE_SECONDS each
#	make stress		readers never miss: writers, pollers, kills and crashes for
#				STRESS_SECONDS, by default ten minutes
#	make crash		PostgreSQL's processes killed, standbys promoted, disks filled,
#				memory refused: CRASH_SECONDS and some minutes, CRASH_SEED
#	make check32		every test on a 32-bit Debian; needs root and debootstrap
#	make model		random histories against a model of the store, for
#				MODEL_SECONDS, by default ten minutes
#	make soak		mixed work on both databases, at the same time, for
#				SOAK_SECONDS, by default an hour
#	make format		shows where the layout of the C is not PostgreSQL's
#	make clean
#
# Variables: PG_CONFIG (which server), DESTDIR, LIBDIR, CC, CFLAGS, and
# WERROR= to let warnings pass.

PG_CONFIG ?= pg_config
DESTDIR ?=
LIBDIR ?= /usr/local/lib
CFLAGS ?= -O2 -g
WERROR ?= -Werror
FUZZ_SECONDS ?= 60
FAULT_SECONDS ?= 300
FAULT_SEED ?= $(shell date +%s)
STRESS_SECONDS ?= 600
CRASH_SECONDS ?= 600
CRASH_SEED ?= $(shell date +%s)
HOSTILE_SECONDS ?= 300
HOSTILE_SEED ?= $(shell date +%s)
MODEL_SECONDS ?= 600
MODEL_SEED ?= $(shell date +%s)
SOAK_SECONDS ?= 3600
SOAK_SEED ?= $(shell date +%s)
BUILD ?= build
SQLITE_LIBRARY ?= message_db.so
SQLITE_LIBS ?= -lsqlite3

VERSION := $(shell sed -n 's/^   "version": "\(.*\)",/\1/p' META.json)

# Asked for late, because "make demo" needs no server.
PG_MAJOR = $(shell $(PG_CONFIG) --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
PG_BUILD = $(BUILD)/postgresql-$(PG_MAJOR)
PG_MAKE = $(MAKE) -C $(PG_BUILD) -f $(CURDIR)/pg_ext/Makefile \
	PG_CONFIG=$(PG_CONFIG) WERROR=$(WERROR)

COMMON_SOURCES := $(wildcard common/*.c)
SQLITE_SOURCES := $(wildcard sqlite_ext/*.c)
HEADERS := $(wildcard common/*.h sqlite_ext/*.h)
TEST_HEADERS := $(wildcard regress/unit/*.h regress/sqlite/*.h)
SQLITE_SQL := $(patsubst sql/%.sql,$(BUILD)/sqlite/%.h,$(wildcard sql/*_sqlite.sql))
SQLITE_OBJECTS := $(patsubst %.c,$(BUILD)/sqlite/%.o,$(COMMON_SOURCES) $(SQLITE_SOURCES))
UNIT_PROGRAMS := $(patsubst regress/unit/%.c,$(BUILD)/unit/%,$(wildcard regress/unit/*_test.c)) \
	$(patsubst regress/sqlite/%.c,$(BUILD)/unit/%,$(wildcard regress/sqlite/*_test.c))
REPLAY_PROGRAMS := $(patsubst regress/fuzz/%_fuzz.c,$(BUILD)/unit/%_replay,$(wildcard regress/fuzz/*_fuzz.c))

# Fields that a table's row does not name are zero, and meant to be.
OUR_CFLAGS = -std=gnu11 -Wall -Wextra -Wno-missing-field-initializers \
	$(WERROR) $(CFLAGS)
OUR_CPPFLAGS = -Icommon -I$(BUILD)/sqlite -DMDB_VERSION='"$(VERSION)"' $(CPPFLAGS)

# With SQLITE_CORE the extension is linked into a program, not loaded.
STATIC_CPPFLAGS = $(OUR_CPPFLAGS) -DSQLITE_CORE -Isqlite_ext -Iregress/unit

.PHONY: all sqlite postgresql postgresql-faults unit demo check check-installed stress soak model hostile crash \
	bench bench-installed bench-programs install install-sqlite asan ubsan tsan valgrind \
	analyze coverage check32 faults fuzz format clean

all: sqlite postgresql

# SQLite

sqlite: $(SQLITE_LIBRARY)

$(SQLITE_LIBRARY): $(SQLITE_OBJECTS)
	$(CC) $(OUR_CFLAGS) $(LDFLAGS) -shared -o $@ $^ -luuid

$(BUILD)/sqlite/%.o: %.c $(HEADERS) $(SQLITE_SQL) META.json
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) -fPIC -fvisibility=hidden $(OUR_CPPFLAGS) -c -o $@ $<

.PRECIOUS: $(BUILD)/sqlite/%_sqlite.h
$(BUILD)/sqlite/%_sqlite.h: sql/%_sqlite.sql sql/embed.sed
	@mkdir -p $(@D)
	{ echo 'static const char mdb_$*_sql[] ='; sed -f sql/embed.sed $<; echo ';'; } >$@

# PostgreSQL

postgresql:
	@mkdir -p $(PG_BUILD)
	$(PG_MAKE)

# The same with settings that make it do wrong, for the tests of the tests.
postgresql-faults:
	@$(MAKE) --no-print-directory postgresql PG_BUILD=$(PG_BUILD)-faults \
		COPT='-DMDB_FAULT_INJECTION $(COPT)'

install: postgresql
	$(PG_MAKE) install DESTDIR=$(DESTDIR)

install-sqlite: sqlite
	install -D -m 755 $(SQLITE_LIBRARY) $(DESTDIR)$(LIBDIR)/message_db/message_db.so

# Tests

unit: $(UNIT_PROGRAMS) $(REPLAY_PROGRAMS)

$(BUILD)/unit/%: regress/unit/%.c $(TEST_HEADERS) $(COMMON_SOURCES) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(OUR_CPPFLAGS) -Iregress/unit -o $@ $< $(COMMON_SOURCES) -luuid

# The extension's objects for programs of their own, and what the tests share.
STATIC_OBJECTS := $(patsubst %.c,$(BUILD)/static/%.o,$(COMMON_SOURCES) $(SQLITE_SOURCES) \
	$(filter-out %_test.c,$(wildcard regress/sqlite/*.c)))

$(BUILD)/unit/%: regress/sqlite/%.c $(TEST_HEADERS) $(STATIC_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(STATIC_CPPFLAGS) -o $@ $< $(STATIC_OBJECTS) $(SQLITE_LIBS) -luuid -lpthread -lm

.PRECIOUS: $(BUILD)/static/%.o
$(BUILD)/static/%.o: %.c $(HEADERS) $(TEST_HEADERS) $(SQLITE_SQL) META.json
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(STATIC_CPPFLAGS) -c -o $@ $<

$(BUILD)/unit/%_replay: regress/fuzz/%_fuzz.c regress/fuzz/fuzz.h $(COMMON_SOURCES) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(OUR_CPPFLAGS) -DMDB_REPLAY -o $@ $< $(COMMON_SOURCES) -luuid -lm

demo:
	@regress/packages demo
	@$(MAKE) -s --no-print-directory sqlite
	@docs/demo/run

# In two steps, because make looks for the server's programs before it runs the
# first line of a recipe.
check:
	@regress/packages check
	@$(MAKE) --no-print-directory check-installed

check-installed: all postgresql-faults unit bench-programs
	@PG_CONFIG=$(PG_CONFIG) PG_BUILD=$(CURDIR)/$(PG_BUILD) regress/run

stress: postgresql postgresql-faults
	@PG_CONFIG=$(PG_CONFIG) PG_BUILD=$(CURDIR)/$(PG_BUILD) STRESS_SECONDS=$(STRESS_SECONDS) \
		TEST_TIMEOUT=$$(($(STRESS_SECONDS) * 3 + 600)) regress/run stress

crash: postgresql postgresql-faults
	@PG_CONFIG=$(PG_CONFIG) PG_BUILD=$(CURDIR)/$(PG_BUILD) CRASH_SECONDS=$(CRASH_SECONDS) \
		CRASH_SEED=$(CRASH_SEED) TEST_TIMEOUT=$$(($(CRASH_SECONDS) * 3 + 3600)) \
		regress/run crash

# What make check does in short: the suite hostile, and the C program that does
# the same to SQLite alone.
hostile: all unit
	@echo "HOSTILE_SEED=$(HOSTILE_SEED)"
	@FAULT_SECONDS=$(HOSTILE_SECONDS) FAULT_SEED=$(HOSTILE_SEED) $(BUILD)/unit/hostile_calls_test
	@PG_CONFIG=$(PG_CONFIG) PG_BUILD=$(CURDIR)/$(PG_BUILD) HOSTILE_SECONDS=$(HOSTILE_SECONDS) \
		HOSTILE_SEED=$(HOSTILE_SEED) TEST_TIMEOUT=$$(($(HOSTILE_SECONDS) + 300)) regress/run hostile

# See regress/machine, which has others too.
check32:
	regress/machine i386

model: all
	@PG_CONFIG=$(PG_CONFIG) PG_BUILD=$(CURDIR)/$(PG_BUILD) MODEL_SECONDS=$(MODEL_SECONDS) \
		MODEL_SEED=$(MODEL_SEED) TEST_TIMEOUT=$$(($(MODEL_SECONDS) + 600)) regress/run model/histories; \
		status=$$?; grep -E '^(seeds|sqlite:|postgresql:|original:)' $(BUILD)/regress/model/histories_test.py.log; exit $$status

# Both at once, each with a report of its own.
soak: export SOAK_SECONDS := $(SOAK_SECONDS)
soak: export SOAK_SEED := $(SOAK_SEED)
soak: export TEST_TIMEOUT = $(shell echo $$(($(SOAK_SECONDS) * 2 + 900)))
soak: export PG_CONFIG := $(PG_CONFIG)
soak: all
	@export PG_BUILD=$(CURDIR)/$(PG_BUILD); \
	regress/run soak/sqlite & \
	regress/run soak/postgresql; status=$$?; \
	wait $$! && [ $$status -eq 0 ]; status=$$?; \
	grep -h '^    ' $(BUILD)/regress/soak/postgresql.py.log $(BUILD)/regress/soak/sqlite.py.log; \
	exit $$status

# Benchmarks

BENCH ?=
ifeq ($(shell uname -s),Linux)
BENCH_PROGRAMS := $(addprefix $(BUILD)/bench/,postgresql sqlite slow_disk.so)
endif

bench:
	@regress/packages bench
	@$(MAKE) -s --no-print-directory bench-installed

bench-installed: all bench-programs
	@PG_CONFIG=$(PG_CONFIG) PG_BUILD=$(CURDIR)/$(PG_BUILD) bench/run $(BENCH)

bench-programs: $(BENCH_PROGRAMS)

$(BUILD)/bench/postgresql: bench/postgresql.c
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) -I$$($(PG_CONFIG) --includedir) -o $@ $< -L$$($(PG_CONFIG) --libdir) -lpq

$(BUILD)/bench/sqlite: $(wildcard bench/sqlite/*.[ch])
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(OUR_CPPFLAGS) -o $@ $(filter %.c,$^) -lsqlite3

$(BUILD)/bench/slow_disk.so: bench/slow_disk.c
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) -shared -fPIC -o $@ $< -ldl

# Tests under a checker, see regress/checked.  TESTS says which.

TESTS ?=
SANITIZER_asan = -fsanitize=address
SANITIZER_ubsan = -fsanitize=undefined -fno-sanitize-recover=all
CHECKED_CFLAGS = -O1 -g -fno-omit-frame-pointer $(SANITIZER_$@)
asan ubsan: $(BUILD)/sanitizer_first.so
asan ubsan valgrind:
	@regress/packages $@
	@$(MAKE) -s --no-print-directory unit sqlite postgresql BUILD=build/$@ \
		SQLITE_LIBRARY=build/$@/message_db.so CFLAGS='$(CHECKED_CFLAGS)' COPT='$(CHECKED_CFLAGS)'
	@$(MAKE) -s --no-print-directory postgresql-faults BUILD=build/$@ COPT='$(CHECKED_CFLAGS)'
	@CC='$(CC)' PG_CONFIG=$(PG_CONFIG) PG_BUILD= regress/checked $@ $(TESTS)

# Static analysis, see regress/analyze; of what make builds.
analyze:
	@regress/packages $@
	@$(MAKE) -s --no-print-directory sqlite postgresql
	@CC='$(CC)' PG_CONFIG=$(PG_CONFIG) regress/analyze

# Which lines all suites together run, see regress/coverage; WRITE=1 puts the
# table into docs/testing.md.  Suites that only measure are left out.
COVERAGE_CFLAGS = -O0 -g --coverage -fprofile-update=atomic
COVERAGE_SUITES = unit fuzz common postgresql isolation sqlite concurrency hostile stress soak \
	crash drivers docs standby adoption dump upgrade model json
coverage: bench-programs
	@regress/packages $@
	@$(MAKE) -s --no-print-directory unit sqlite postgresql WERROR= \
		BUILD=build/$@ SQLITE_LIBRARY=build/$@/message_db.so \
		CFLAGS='$(COVERAGE_CFLAGS)' COPT='$(COVERAGE_CFLAGS)'
	@$(MAKE) -s --no-print-directory postgresql-faults WERROR= BUILD=build/$@ COPT='$(COVERAGE_CFLAGS)'
	@find build/$@ -name '*.gcda' -delete
	@PG_CONFIG=$(PG_CONFIG) PG_BUILD= regress/checked $@ $(or $(TESTS),$(COVERAGE_SUITES)); \
		status=$$?; \
		regress/coverage build/$@ $(if $(WRITE),--write docs/testing.md) && exit $$status

# The threads of one process, with SQLite itself compiled for the sanitizer
# where its source can be had.
TSAN_CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=thread
tsan:
	@regress/packages $@
	@sqlite=-lsqlite3; regress/sqlite/amalgamation build/tsan/source && \
		$(MAKE) -s build/tsan/sqlite3.o && sqlite='build/tsan/sqlite3.o -ldl -lm'; \
	$(MAKE) -s --no-print-directory build/tsan/unit/threads_test BUILD=build/tsan \
		CFLAGS='$(TSAN_CFLAGS)' SQLITE_LIBS="$$sqlite"
	@CC='$(CC)' regress/checked $@ $(TESTS)

build/tsan/sqlite3.o: build/tsan/source/sqlite3.c
	$(CC) $(TSAN_CFLAGS) -DSQLITE_THREADSAFE=1 -DSQLITE_ENABLE_COLUMN_METADATA -c -o $@ $<

$(BUILD)/sanitizer_first.so: regress/lib/sanitizer_first.c
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) -shared -fPIC -Wl,-z,initfirst -o $@ $<

# The long form of what make check does in short.  Lack of memory takes as long
# as it takes, each of the others FAULT_SECONDS.
CAMPAIGNS = memory io_faults power_loss hostile_files hostile_schemas
faults: unit
	@for campaign in $(CAMPAIGNS); do \
		echo "$$campaign, FAULT_SEED=$(FAULT_SEED)"; \
		FAULT_SECONDS=$(FAULT_SECONDS) FAULT_SEED=$(FAULT_SEED) \
			$(BUILD)/unit/$${campaign}_test || exit 1; \
	done

# The fuzzers of regress/fuzz, each on a copy of its corpus; what is found is
# left in build/fuzz.
fuzz: $(patsubst regress/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard regress/fuzz/*_fuzz.c))
	@for fuzzer in $^; do \
		name=$$(basename $$fuzzer _fuzz); \
		mkdir -p $(BUILD)/fuzz/corpus/$$name; \
		cp regress/fuzz/corpus/$$name/* $(BUILD)/fuzz/corpus/$$name; \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(BUILD)/fuzz/ \
			-print_final_stats=1 -verbosity=0 $(BUILD)/fuzz/corpus/$$name || exit 1; \
	done

$(BUILD)/fuzz/%: regress/fuzz/%.c regress/fuzz/fuzz.h $(COMMON_SOURCES) $(HEADERS)
	@mkdir -p $(@D)
	clang $(OUR_CPPFLAGS) -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $< $(COMMON_SOURCES) -luuid -lm

clean:
	rm -rf $(BUILD) message_db.so

format:
	@regress/packages $@
	@regress/format
