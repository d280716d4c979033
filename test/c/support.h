/* ----------------------------------------------------------------------------
 * support: what several C tests need: threads, random numbers, patterns in
 * blocks, the resident size, and the state a test must leave behind.
 *
 * support.c is the only file of the C tests that knows the platform.
 * ------------------------------------------------------------------------- */
#ifndef BA_TEST_SUPPORT_H
#define BA_TEST_SUPPORT_H

#include "../../src/heap/heap.h"
#include "test.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

/* Set where a sanitizer's own memory would drown a figure or slow a loop. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SANITIZED 1
#endif
#endif
#ifndef TEST_SANITIZED
#define TEST_SANITIZED 0
#endif

/* --- Threads ------------------------------------------------------------- */

typedef struct test_thread {
  void (*run)(void *argument);
  void *argument;
  void *handle;
} test_thread_t;

/* Starts `run(argument)` in a thread; `thread` must live until it is joined.
 * Ends the process if the system refuses a thread. */
void test_thread_start(test_thread_t *thread, void (*run)(void *),
                       void *argument);
void test_thread_join(test_thread_t *thread);

/* Lets other threads run; for a loop that waits for one of them. */
void test_thread_yield(void);

/* --- Random numbers ------------------------------------------------------ */

/* The state is the seed; equal seeds give equal sequences (splitmix64). */
uint64_t test_random(uint64_t *state);

/* A size from `low` to `high` bytes, each doubling equally likely. */
size_t test_random_size(uint64_t *state, size_t low, size_t high);

/* --- Blocks -------------------------------------------------------------- */

/* Allocates, or records a failed check and returns NULL. */
void *test_alloc(ba_heap_t *heap, size_t size, size_t alignment,
                 unsigned flags);

/* Frees a block as another thread would: the heap takes the caller for one. */
void test_free_elsewhere(void *block);

/* Writes a pattern that depends on `seed`; `test_holds` tells if it stands. */
void test_fill(void *block, size_t bytes, uint64_t seed);
bool test_holds(const void *block, size_t bytes, uint64_t seed);
bool test_is_zero(const void *block, size_t bytes);

/* Writes one byte to every page, so that the OS must supply them. */
void test_touch(void *block, size_t bytes);

/* Checks that no two of the blocks share a byte. Sorts the array. */
bool test_are_apart(void **blocks, size_t count);

/* --- Heaps --------------------------------------------------------------- */

/* A heap with the limits given (SIZE_MAX: none), or NULL and a failed check. */
ba_heap_t *test_heap(size_t max_bytes, size_t max_cached_bytes);

/* Replaces the limits of a heap. */
void test_set_limits(ba_heap_t *heap, size_t max_bytes,
                     size_t max_cached_bytes);

ba_heap_stats_t test_stats(ba_heap_t *heap);
ba_process_stats_t test_process_stats(void);

/* Empties the process-wide reserve, then returns the bytes of address space
 * that the process still holds, the allocator's own tables (which are kept for
 * reuse, see meta.h) left out. */
size_t test_settle(void);

/* How many of a block's bytes are resident, in whole pages; of Windows, how many
 * are committed. The block may have been freed. */
size_t test_resident_bytes(const void *block, size_t bytes);

/* Milliseconds on a clock that only goes forward. */
uint64_t test_now(void);

/* Locks pages into memory, so that the OS cannot take them back; unlocking is
 * by giving up the mapping. Returns false where that cannot be done. */
bool test_pin(void *block, size_t bytes);

/* Caps how much the process may lock from here on, for good; false where that cannot
 * be done, or would not hold. */
bool test_limit_locked_memory(size_t bytes);

/* Whether a byte can be read there; one that faults is left alone. */
bool test_is_readable(const void *address);

/* The flags of the mapping that holds an address, as /proc/self/smaps has them,
 * " rd wr … "; false where there is no such file. */
bool test_mapping_flags(const void *address, char *flags, size_t size);

/* What a process that is forked off finds at an address; -1 where none can be. */
int test_byte_after_fork(const unsigned char *address);

/* What is left at an address when a process that is forked off, which `prepare` gave
 * the address, has ended by exit(), to the last of its functions; -1 where none can
 * be. */
int test_byte_after_exit(unsigned char *(*prepare)(void));

/* Caps the process's address space at what it has and `extra` bytes more;
 * SIZE_MAX lifts the cap. Returns false where that cannot be done. */
bool test_limit_address_space(size_t extra);

#endif
