/* ----------------------------------------------------------------------------
 * heap_fuzz: a libFuzzer target. The bytes of an input are a program for one to
 * three heaps: an operation, then its arguments, one byte each. shadow.c does
 * what it says and checks every result; make-corpus.js writes such programs.
 *
 * The first byte says how the input ends. Missing bytes read as 0. With
 * HEAP_FUZZ_TRACE set in the environment every operation is printed.
 * ------------------------------------------------------------------------- */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "faults.h"
#include "helper.h"
#include "shadow.h"
#include "starve.h"

enum {
  OPERATIONS_MAX = 300, /* of one input */
  BLOCKS_MAX = 1500,    /* requests and frees of one input */
};

typedef struct program {
  const uint8_t *next;
  const uint8_t *end;
  size_t blocks; /* requests and frees so far */
} program_t;

static struct {
  bool is_ready;
  bool trace;
  unsigned long inputs;
  unsigned long operations;
} fuzz;

static void trace(const char *format, ...) {
  va_list arguments;
  if (!fuzz.trace) return;
  va_start(arguments, format);
  (void)vfprintf(stderr, format, arguments);
  va_end(arguments);
}

/* --- Arguments ------------------------------------------------------------- */

static unsigned take(program_t *program) {
  return program->next < program->end ? *program->next++ : 0;
}

static size_t take_place(program_t *program) {
  return take(program) % SHADOW_PLACES;
}

/* A size near one of 256, eight for each doubling, as the heap's classes are;
 * the last ones are no sizes that can be had. */
static size_t take_size(program_t *program) {
  unsigned code = take(program);
  size_t near = (size_t)(int8_t)take(program);
  unsigned doubling = code >> 3;
  size_t base = (size_t)(8 + (code & 7)) << doubling;
  if (doubling <= 22) return base + near; /* 8 bytes to 60 MiB */
  switch (code & 7) {
    case 0:
      return 0;
    case 1:
      return SIZE_MAX - (near & 127);
    case 2:
      return SIZE_MAX / 4 + near;
    case 3:
      return SIZE_MAX / 2 + near;
    default:
      return (size_t)1 << (48 + (code & 7));
  }
}

/* The low five bits of a byte: mostly an alignment that may be asked for. */
static size_t alignment_of(unsigned code) {
  static const size_t bad[] = {3, 48, 96, 4097, BA_ALIGNMENT_MAX * 2};
  code &= 31;
  if (code == 0) return 0;
  if (code <= 23) return (size_t)1 << (code - 1);
  if (code < 24 + COUNT_OF(bad)) return bad[code - 24];
  return 0;
}

static ba_heap_limits_t take_limits(program_t *program) {
  static const size_t most[] = {SIZE_MAX, 0,       4 * KIB,  256 * KIB,
                                1 * MIB,  4 * MIB, 16 * MIB, SIZE_MAX - 1};
  unsigned code = take(program);
  return (ba_heap_limits_t){
      .max_bytes = most[code & 7],
      .max_cached_bytes = most[code >> 3 & 7],
      .wipe = (code >> 6 & 1) != 0,
  };
}

/* --- Operations ------------------------------------------------------------ */

/* How the block is wanted: alignment, whether zeroed, and how many. */
static void allocate(program_t *program, size_t count) {
  size_t place = take_place(program);
  size_t slot = take(program);
  unsigned how = take(program);
  size_t alignment = alignment_of(how);
  unsigned flags =
      ((how & 32) != 0 ? BA_ZERO : 0) | ((how & 64) != 0 ? BA_COLOUR : 0);
  size_t size = take_size(program);
  trace("alloc heap %zu slot %zu: %zu of %zu bytes, alignment %zu, flags %u\n",
        place, slot, count, size, alignment, flags);
  for (size_t i = 0; i < count && program->blocks < BLOCKS_MAX; i++) {
    shadow_alloc(place, (slot + i) % SHADOW_SLOTS, size, alignment, flags);
    program->blocks++;
  }
}

static void do_alloc(program_t *program) { allocate(program, 1); }

static void do_alloc_many(program_t *program) {
  allocate(program, 1 + take(program) % 80);
}

static shadow_free_t take_how(program_t *program) {
  return (shadow_free_t)(take(program) % (SHADOW_FREE_MEANWHILE + 1));
}

static void do_free(program_t *program) {
  size_t slot = take(program);
  shadow_free_t how = take_how(program);
  trace("free slot %zu, how %d\n", slot, (int)how);
  shadow_free_slots(slot, 1, 1, how);
  program->blocks++;
}

static void do_free_own(program_t *program) {
  size_t slot = take(program);
  trace("free slot %zu\n", slot);
  shadow_free_slots(slot, 1, 1, SHADOW_FREE_OWN);
  program->blocks++;
}

static void do_free_many(program_t *program) {
  size_t slot = take(program);
  size_t stride = 1 + take(program) % 8;
  size_t count = 1 + take(program) % 128;
  shadow_free_t how = take_how(program);
  trace("free slots %zu: %zu, %zu apart, how %d\n", slot, count, stride,
        (int)how);
  shadow_free_slots(slot, stride, count, how);
  program->blocks += count;
}

static void do_create(program_t *program) {
  size_t place = take_place(program);
  ba_heap_limits_t limits = take_limits(program);
  trace("create heap %zu: at most %zu, cached %zu, wipe %d\n", place,
        limits.max_bytes, limits.max_cached_bytes, (int)limits.wipe);
  shadow_create(place, &limits);
}

static void do_destroy(program_t *program) {
  size_t place = take_place(program);
  trace("destroy heap %zu\n", place);
  shadow_destroy(place);
}

static void do_set_limits(program_t *program) {
  size_t place = take_place(program);
  ba_heap_limits_t limits = take_limits(program);
  trace("limits of heap %zu: at most %zu, cached %zu\n", place,
        limits.max_bytes, limits.max_cached_bytes);
  shadow_set_limits(place, &limits);
}

static void do_tick(program_t *program) {
  static const unsigned idle[] = {0, 1, 2, 3, 5, 8, 1000, INT32_MAX};
  size_t place = take_place(program);
  unsigned idle_ticks = idle[take(program) % COUNT_OF(idle)];
  trace("tick heap %zu, idle %u\n", place, idle_ticks);
  shadow_tick(place, idle_ticks);
}

static void do_trim(program_t *program) {
  size_t place = take_place(program);
  trace("trim heap %zu\n", place);
  shadow_trim(place);
}

static void do_fault(program_t *program) {
  unsigned skip = take(program) % 32;
  unsigned count = take(program) % 32;
  trace("faults: after %u calls, %u\n", skip, count);
  if (!fuzz_is_starved()) fuzz_faults_plan(skip, count);
}

static void do_churn(program_t *program) {
  unsigned seed = take(program);
  trace("churn %u\n", seed);
  shadow_churn(seed);
}

static void do_join(program_t *program) {
  (void)program;
  trace("join\n");
  fuzz_helper_join();
  shadow_check_all();
}

static void do_overwrite(program_t *program) {
  size_t slot = take(program);
  trace("overwrite slot %zu\n", slot);
  shadow_overwrite(slot);
}

static void do_free_null(program_t *program) {
  (void)program;
  trace("free NULL\n");
  ba_free(NULL);
  shadow_check_all();
}

static void do_starve(program_t *program) {
  unsigned spared = take(program) % 16;
  trace("starve, but for tables of %zu bytes\n", (size_t)64 << spared);
  if (!fuzz_is_starved()) fuzz_starve(spared);
}

static void do_feed(program_t *program) {
  (void)program;
  trace("feed\n");
  fuzz_feed();
}

/* make-corpus.js has the same order. */
static void (*const operations[])(program_t *) = {
    do_alloc,  do_alloc_many, do_free, do_free_own,   do_free_many,
    do_create, do_destroy,    do_tick, do_set_limits, do_trim,
    do_fault,  do_churn,      do_join, do_overwrite,  do_free_null,
    do_starve, do_feed,
};

/* --- The target -------------------------------------------------------------- */

static void print_totals(void) {
  (void)fprintf(stderr, "heap_fuzz: %lu inputs, %lu operations\n", fuzz.inputs,
                fuzz.operations);
}

/* Tables go back with an input's last heap, but for the leaves of the map from
 * addresses to chunks. Made once, for as many chunks as any input needs, these
 * have no part in the count of OS calls, so that a fault strikes the same call
 * whichever inputs came before. */
static void prepare(void) {
  fuzz.is_ready = true;
  fuzz.trace = getenv("HEAP_FUZZ_TRACE") != NULL;
  (void)atexit(print_totals);
  shadow_begin();
  for (size_t slot = 0; slot < SHADOW_SLOTS; slot++) {
    /* As many heaps and chunks as there can be. */
    const ba_heap_limits_t none = {SIZE_MAX, SIZE_MAX, false, false};
    size_t place = slot / 11 % SHADOW_PLACES;
    if (slot % 11 == 0) shadow_create(place, &none);
    shadow_alloc(place, slot, 64, BA_ALIGNMENT_MAX, 0);
  }
  shadow_end(true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  program_t program = {data, data + size, 0};
  if (!fuzz.is_ready) prepare();
  shadow_begin();
  bool orphans = (take(&program) & 1) != 0;
  for (size_t i = 0; i < OPERATIONS_MAX && program.blocks < BLOCKS_MAX &&
                     program.next < program.end;
       i++) {
    operations[take(&program) % COUNT_OF(operations)](&program);
    fuzz.operations++;
  }
  trace("end%s\n", orphans ? ", heaps first" : "");
  shadow_end(orphans);
  fuzz.inputs++;
  return 0;
}
