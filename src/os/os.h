/* ----------------------------------------------------------------------------
 * os: what the operating system does for us, as one short list of primitives.
 *
 * os_posix.c and os_win.c each implement all of it; no other file knows the
 * platform. Addresses and sizes are multiples of ba_os_page_size() unless a
 * function says otherwise. Functions that can fail return 0, or -1 and change
 * nothing; none of them aborts. All of them may be called by any thread.
 * ------------------------------------------------------------------------- */
#ifndef BA_OS_H
#define BA_OS_H

#include <stddef.h>
#include <stdint.h>
#ifndef _WIN32
#include <pthread.h>
#endif

/* Bytes in one page of the operating system; a power of two. */
size_t ba_os_page_size(void);

/* Bytes of memory that the machine has; 0 if it does not say. */
uint64_t ba_os_total_memory(void);

/* Reserves `size` bytes of address space aligned to `alignment` (a power of
 * two, at least a page). The caller owns it and ends it with ba_os_release of
 * the same address and size. It may not be touched before ba_os_commit. */
int ba_os_reserve(size_t size, size_t alignment, void **out);

/* Makes part of a reservation readable and writable, and with it all of the pages
 * that it touches. Pages not committed before, or purged since, read as zero;
 * committed ones keep their contents. */
int ba_os_commit(void *address, size_t size);

/* Gives the physical memory of committed pages back and keeps the address
 * space. The pages must be committed again before they are touched. */
int ba_os_purge(void *address, size_t size);

/* Gives the physical memory of committed pages back and keeps them committed:
 * they read as zero. -1 where the system cannot do that (Windows). */
int ba_os_discard(void *address, size_t size);

/* Makes part of a reservation fault on any access: a guard. What it held may be
 * lost or not. */
int ba_os_protect(void *address, size_t size);

/* Has the system back committed pages by huge ones, as far as it has them and the
 * pages make up whole ones: it may, and it need not. -1 where it has none to give. */
int ba_os_want_huge(void *address, size_t size);

/* Ends a whole reservation. */
int ba_os_release(void *address, size_t size);

/* Ends the last `size` bytes of a reservation, whole pages from `address` on; the rest
 * of it is one then. -1 also where the system ends whole ones alone. */
int ba_os_release_end(void *address, size_t size);

/* Three ways of keeping what committed pages hold to this process and to its
 * memory. Each may be refused where the others are not. All of them last until
 * ba_os_expose. */

/* Keeps the pages in physical memory: they are not written to swap. How much may
 * be locked is limited: RLIMIT_MEMLOCK, on Windows the working set. */
int ba_os_lock(void *address, size_t size);

/* Leaves the pages out of core dumps and crash reports. */
int ba_os_keep_from_dumps(void *address, size_t size);

/* Has a process that is forked off find zeroes there. 0 also where processes do not
 * fork. */
int ba_os_keep_from_forks(void *address, size_t size);

/* Ends what those three have done, or some of them; to be called before the
 * reservation is released. */
void ba_os_expose(void *address, size_t size);

/* Has a function called when the process that says this ends by itself: by exit(),
 * or at the end of main(). There can be one, and one thread at a time may say so;
 * said again, it does nothing more. */
int ba_os_at_exit(void (*run)(void));

/* A lock; it does not nest. One of static storage begins as BA_MUTEX_INIT, any
 * other with ba_mutex_init. None needs an end. */
#ifdef _WIN32
typedef struct ba_mutex {
  void *lock; /* an SRWLOCK is one pointer */
} ba_mutex_t;
#define BA_MUTEX_INIT \
  { NULL }
#else
typedef struct ba_mutex {
  pthread_mutex_t lock;
} ba_mutex_t;
#define BA_MUTEX_INIT \
  { PTHREAD_MUTEX_INITIALIZER }
#endif

/* A value that each thread has of its own, NULL at first. */
#ifdef _WIN32
#define BA_OS_CALLBACK __stdcall
#else
#define BA_OS_CALLBACK
#endif
typedef struct ba_os_key {
#ifdef _WIN32
  unsigned long index;
#else
  pthread_key_t key;
#endif
} ba_os_key_t;

/* Makes one for as long as the process runs. When a thread ends whose value is not
 * NULL, `ended` is called there with it. -1 if the system has no more of them. */
int ba_os_key_create(ba_os_key_t *out,
                     void(BA_OS_CALLBACK *ended)(void *value));
void *ba_os_key_get(const ba_os_key_t *key);
int ba_os_key_set(const ba_os_key_t *key, void *value);

/* Keeps the image that holds this code loaded until the process ends: memory that
 * belongs to the process is known to it alone. Reserving does so by itself. */
void ba_os_stay_loaded(void);

void ba_mutex_init(ba_mutex_t *mutex);
void ba_mutex_lock(ba_mutex_t *mutex);
void ba_mutex_unlock(ba_mutex_t *mutex);

/* ba_os_thread_id, as the system has it: where a register holds the thread's own
 * storage, that. */
#if defined(__linux__) && defined(__x86_64__) && defined(__LP64__)
#define BA_OS_HAS_THREAD_REGISTER 1
static inline uintptr_t ba_os_this_thread(void) {
  uintptr_t id;
  __asm__("movq %%fs:0, %0" : "=r"(id));
  return id;
}
#elif defined(__linux__) && defined(__aarch64__)
#define BA_OS_HAS_THREAD_REGISTER 1
static inline uintptr_t ba_os_this_thread(void) {
  uintptr_t id;
  __asm__("mrs %0, tpidr_el0" : "=r"(id));
  return id;
}
#else
uintptr_t ba_os_this_thread(void);
#endif

#ifdef BA_FAULT_INJECTION
/* For tests: when n > 0, the n-th call from now of any primitive that can fail
 * does fail. It counts down; 0 is off. When n < 0, the call that is the -n-th
 * from now fails and so do all after it, until 0 is set. */
extern _Atomic long ba_os_fail_at;

/* For tests: what the calling thread's id is while this is not 0. */
extern _Thread_local uintptr_t ba_os_thread_alias;
#endif

/* The calling thread, among those that run: never 0, and constant while the
 * thread runs. Every free asks for it. */
static inline uintptr_t ba_os_thread_id(void) {
#ifdef BA_FAULT_INJECTION
  if (ba_os_thread_alias != 0) return ba_os_thread_alias;
#endif
  return ba_os_this_thread();
}

#endif
