/* ----------------------------------------------------------------------------
 * os_win: the primitives of os.h on Windows.
 *
 * Windows charges committed pages against its limit whether touched or not, so
 * that reserve and commit are two steps here, and purge is a decommit. Only a
 * whole reservation can be released, and one cannot be trimmed to alignment:
 * we find an aligned address by reserving too much, let go of it, and reserve
 * again just there.
 * ------------------------------------------------------------------------- */
#include "os.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <windows.h>

#include "fault.h"

/* Another thread can take the address between the two reservations. */
enum { RESERVE_ATTEMPTS = 16 };

#ifdef BA_FAULT_INJECTION
_Thread_local uintptr_t ba_os_thread_alias = 0;
#endif

size_t ba_os_page_size(void) {
  static _Atomic size_t page_size;
  size_t size = atomic_load_explicit(&page_size, memory_order_relaxed);
  if (size == 0) {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    size = info.dwPageSize;
    atomic_store_explicit(&page_size, size, memory_order_relaxed);
  }
  return size;
}

uint64_t ba_os_total_memory(void) {
  MEMORYSTATUSEX status;
  status.dwLength = sizeof status;
  return GlobalMemoryStatusEx(&status) ? status.ullTotalPhys : 0;
}

/* Node unloads an addon with the last worker that has it. */
void ba_os_stay_loaded(void) {
  static _Atomic(HMODULE) module;
  if (atomic_load_explicit(&module, memory_order_relaxed) != NULL) return;
  HMODULE self = NULL;
  const DWORD flags =
      GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
  if (GetModuleHandleExW(flags, (LPCWSTR)(const void *)&module, &self)) {
    atomic_store_explicit(&module, self, memory_order_relaxed);
  }
}

static uint8_t *reserve_at(void *address, size_t size) {
  return VirtualAlloc(address, size, MEM_RESERVE, PAGE_READWRITE);
}

static uint8_t *reserve_aligned(size_t size, size_t alignment) {
  for (int i = 0; i < RESERVE_ATTEMPTS; i++) {
    uint8_t *p = reserve_at(NULL, size + alignment);
    if (p == NULL) return NULL;
    uint8_t *aligned = p + (-(uintptr_t)p & (alignment - 1));
    (void)VirtualFree(p, 0, MEM_RELEASE);
    p = reserve_at(aligned, size);
    if (p != NULL) return p;
  }
  return NULL;
}

int ba_os_reserve(size_t size, size_t alignment, void **out) {
  if (os_fault() || size > SIZE_MAX - alignment) return -1;
  uint8_t *p = reserve_at(NULL, size);
  if (p == NULL) return -1;
  if (((uintptr_t)p & (alignment - 1)) != 0) {
    (void)VirtualFree(p, 0, MEM_RELEASE);
    p = reserve_aligned(size, alignment);
    if (p == NULL) return -1;
  }
  ba_os_stay_loaded();
  *out = p;
  return 0;
}

int ba_os_commit(void *address, size_t size) {
  if (os_fault()) return -1;
  return VirtualAlloc(address, size, MEM_COMMIT, PAGE_READWRITE) ? 0 : -1;
}

int ba_os_purge(void *address, size_t size) {
  if (os_fault()) return -1;
  return VirtualFree(address, size, MEM_DECOMMIT) ? 0 : -1;
}

int ba_os_discard(void *address, size_t size) {
  /* Decommitting and committing again could fail half-way and leave a hole;
   * MEM_RESET does not promise zeroes. */
  (void)address;
  (void)size;
  return -1;
}

int ba_os_protect(void *address, size_t size) {
  /* Reserved pages fault on any access, unless they are committed. */
  if (os_fault()) return -1;
  return VirtualFree(address, size, MEM_DECOMMIT) ? 0 : -1;
}

int ba_os_want_huge(void *address, size_t size) {
  /* Large pages take a privilege that programs do not have by default. */
  (void)address;
  (void)size;
  (void)os_fault();
  return -1;
}

int ba_os_release(void *address, size_t size) {
  (void)size;
  if (os_fault()) return -1;
  return VirtualFree(address, 0, MEM_RELEASE) ? 0 : -1;
}

int ba_os_release_end(void *address, size_t size) {
  (void)address;
  (void)size;
  (void)os_fault();
  return -1;
}

int ba_os_lock(void *address, size_t size) {
  if (os_fault()) return -1;
  return VirtualLock(address, size) ? 0 : -1;
}

/* Crash reports by Windows leave out what is registered, from Windows 10 on, which
 * older versions, and Wine, know nothing of. */
static FARPROC find_reporting(const char *name) {
  HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
  return kernel == NULL ? NULL : GetProcAddress(kernel, name);
}

int ba_os_keep_from_dumps(void *address, size_t size) {
  typedef HRESULT(WINAPI * exclude_t)(const void *, DWORD);
  if (os_fault() || size > MAXDWORD) return -1;
  FARPROC found = find_reporting("WerRegisterExcludedMemoryBlock");
  if (found == NULL) return -1;
  exclude_t exclude = (exclude_t)(void (*)(void))found;
  return SUCCEEDED(exclude(address, (DWORD)size)) ? 0 : -1;
}

int ba_os_keep_from_forks(void *address, size_t size) {
  (void)address;
  (void)size;
  return os_fault() ? -1 : 0;
}

void ba_os_expose(void *address, size_t size) {
  typedef HRESULT(WINAPI * include_t)(const void *);
  FARPROC found = find_reporting("WerUnregisterExcludedMemoryBlock");
  if (found != NULL) (void)((include_t)(void (*)(void))found)(address);
  (void)VirtualUnlock(address, size);
}

int ba_os_at_exit(void (*run)(void)) {
  static bool registered;
  if (os_fault()) return -1;
  registered = registered || atexit(run) == 0;
  return registered ? 0 : -1;
}

uintptr_t ba_os_this_thread(void) { return GetCurrentThreadId(); }

int ba_os_key_create(ba_os_key_t *out,
                     void(BA_OS_CALLBACK *ended)(void *value)) {
  if (os_fault()) return -1;
  out->index = FlsAlloc(ended);
  return out->index == FLS_OUT_OF_INDEXES ? -1 : 0;
}

void *ba_os_key_get(const ba_os_key_t *key) { return FlsGetValue(key->index); }

int ba_os_key_set(const ba_os_key_t *key, void *value) {
  return os_fault() || !FlsSetValue(key->index, value) ? -1 : 0;
}

_Static_assert(sizeof(ba_mutex_t) == sizeof(SRWLOCK), "see os.h");

void ba_mutex_init(ba_mutex_t *mutex) { *mutex = (ba_mutex_t)BA_MUTEX_INIT; }

void ba_mutex_lock(ba_mutex_t *mutex) {
  AcquireSRWLockExclusive((PSRWLOCK)(void *)mutex);
}

void ba_mutex_unlock(ba_mutex_t *mutex) {
  ReleaseSRWLockExclusive((PSRWLOCK)(void *)mutex);
}
