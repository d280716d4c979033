/* ----------------------------------------------------------------------------
 * os_posix: the primitives of os.h on Linux, macOS and the BSDs.
 *
 * Reservations are private anonymous mappings without a swap reservation, and
 * readable from the start: the kernel commits a page when it is first touched,
 * so that commit has nothing to do here.
 * ------------------------------------------------------------------------- */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE 1
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE 1
#endif

#include "os.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __APPLE__
#include <dlfcn.h>
#endif

#include "fault.h"

/* glibc 2.34 gave these a version of their own, which a binary that was built there
 * would ask others for: it asks for the first, which they all have. */
#if defined(__GLIBC__) && defined(__x86_64__) && defined(__LP64__)
#define FIRST_VERSION "GLIBC_2.2.5"
#elif defined(__GLIBC__) && defined(__aarch64__)
#define FIRST_VERSION "GLIBC_2.17"
#endif
#ifdef FIRST_VERSION
__asm__(".symver pthread_key_create, pthread_key_create@" FIRST_VERSION);
__asm__(".symver pthread_getspecific, pthread_getspecific@" FIRST_VERSION);
__asm__(".symver pthread_setspecific, pthread_setspecific@" FIRST_VERSION);
#endif

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

enum { MAP_KIND = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE };

#ifdef BA_FAULT_INJECTION
_Thread_local uintptr_t ba_os_thread_alias = 0;
#endif

static _Atomic size_t page_size;

size_t ba_os_page_size(void) {
  size_t size = atomic_load_explicit(&page_size, memory_order_relaxed);
  if (size == 0) {
    long answer = sysconf(_SC_PAGESIZE);
    size = answer > 0 ? (size_t)answer : 4096;
    atomic_store_explicit(&page_size, size, memory_order_relaxed);
  }
  return size;
}

uint64_t ba_os_total_memory(void) {
  long pages = sysconf(_SC_PHYS_PAGES);
  return pages > 0 ? (uint64_t)pages * ba_os_page_size() : 0;
}

static void *map_pages(size_t size) {
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_KIND, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static void unmap_pages(uint8_t *from, const uint8_t *to) {
  if (from < to) (void)munmap(from, (size_t)(to - from));
}

/* Node unloads an addon with the last worker that has it. On other systems than
 * this one the linker is told that it is not to (addon.gypi). */
void ba_os_stay_loaded(void) {
#ifdef __APPLE__
  static _Atomic(void *) image;
  if (atomic_load_explicit(&image, memory_order_relaxed) != NULL) return;
  Dl_info info;
  if (dladdr(&image, &info) == 0) return;
  void *handle =
      dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  atomic_store_explicit(&image, handle, memory_order_relaxed);
#endif
}

int ba_os_reserve(size_t size, size_t alignment, void **out) {
  if (os_fault() || size > SIZE_MAX - alignment) return -1;
  /* The kernel places mappings one below the other, so that the one after an
   * aligned mapping of the same size is aligned too: try that first. */
  uint8_t *p = map_pages(size);
  if (p == NULL) return -1;
  if (((uintptr_t)p & (alignment - 1)) != 0) {
    unmap_pages(p, p + size);
    p = map_pages(size + alignment);
    if (p == NULL) return -1;
    size_t skip = (size_t)(-(uintptr_t)p & (alignment - 1));
    unmap_pages(p, p + skip);
    unmap_pages(p + skip + size, p + size + alignment);
    p += skip;
  }
  ba_os_stay_loaded();
  *out = p;
  return 0;
}

int ba_os_commit(void *address, size_t size) {
  (void)address;
  (void)size;
  return os_fault() ? -1 : 0;
}

int ba_os_purge(void *address, size_t size) {
  if (os_fault()) return -1;
#ifdef __linux__
  return madvise(address, size, MADV_DONTNEED);
#else
  /* Elsewhere MADV_DONTNEED is a hint that may keep the contents: mapping the
   * pages anew is what surely gives zeroes. */
  void *p =
      mmap(address, size, PROT_READ | PROT_WRITE, MAP_KIND | MAP_FIXED, -1, 0);
  return p == MAP_FAILED ? -1 : 0;
#endif
}

int ba_os_discard(void *address, size_t size) {
  return ba_os_purge(address, size);
}

int ba_os_protect(void *address, size_t size) {
  return os_fault() ? -1 : mprotect(address, size, PROT_NONE);
}

int ba_os_want_huge(void *address, size_t size) {
  if (os_fault()) return -1;
#ifdef MADV_HUGEPAGE
  return madvise(address, size, MADV_HUGEPAGE);
#else
  (void)address;
  (void)size;
  return -1;
#endif
}

int ba_os_release(void *address, size_t size) {
  return os_fault() ? -1 : munmap(address, size);
}

int ba_os_release_end(void *address, size_t size) {
  return ba_os_release(address, size);
}

int ba_os_lock(void *address, size_t size) {
  return os_fault() ? -1 : mlock(address, size);
}

int ba_os_keep_from_dumps(void *address, size_t size) {
  if (os_fault()) return -1;
#if defined(MADV_DONTDUMP)
  return madvise(address, size, MADV_DONTDUMP);
#elif defined(MADV_NOCORE)
  return madvise(address, size, MADV_NOCORE);
#else
  (void)address;
  (void)size;
  return -1;
#endif
}

int ba_os_keep_from_forks(void *address, size_t size) {
  if (os_fault()) return -1;
    /* Not without any memory: there, freeing it would fault. */
#if defined(MADV_WIPEONFORK)
  return madvise(address, size, MADV_WIPEONFORK);
#elif defined(INHERIT_ZERO)
  return minherit(address, size, INHERIT_ZERO);
#else
  (void)address;
  (void)size;
  return -1;
#endif
}

/* All else goes with the mapping. */
void ba_os_expose(void *address, size_t size) { (void)munlock(address, size); }

static _Atomic pid_t exit_process;
static void (*exit_function)(void);

static void run_at_exit(void) {
  if (getpid() == atomic_load(&exit_process)) exit_function();
}

int ba_os_at_exit(void (*run)(void)) {
  if (os_fault()) return -1;
  /* A process that was forked off has the registration, for another process. */
  if (exit_function == NULL) {
    exit_function = run;
    if (atexit(run_at_exit) != 0) {
      exit_function = NULL;
      return -1;
    }
  }
  atomic_store(&exit_process, getpid());
  return 0;
}

#ifndef BA_OS_HAS_THREAD_REGISTER
uintptr_t ba_os_this_thread(void) { return (uintptr_t)pthread_self(); }
#endif

int ba_os_key_create(ba_os_key_t *out, void (*ended)(void *value)) {
  return os_fault() || pthread_key_create(&out->key, ended) != 0 ? -1 : 0;
}

void *ba_os_key_get(const ba_os_key_t *key) {
  return pthread_getspecific(key->key);
}

int ba_os_key_set(const ba_os_key_t *key, void *value) {
  return os_fault() || pthread_setspecific(key->key, value) != 0 ? -1 : 0;
}

void ba_mutex_init(ba_mutex_t *mutex) { *mutex = (ba_mutex_t)BA_MUTEX_INIT; }

void ba_mutex_lock(ba_mutex_t *mutex) {
  (void)pthread_mutex_lock(&mutex->lock);
}

void ba_mutex_unlock(ba_mutex_t *mutex) {
  (void)pthread_mutex_unlock(&mutex->lock);
}
