/* guarded: see guarded.h. A block's chunk is in one list: of the secrets that are
 * out, for the end of the process, or of what is kept to fault. */
#include "guarded.h"

#include <string.h>

#include "heap_internal.h"
#include "process.h"

/* Its owner is no thread, so that every free of a guarded block comes by way of
 * ba_remote_free. */
ba_heap_t ba_guarded_heap;

enum { CANARY_BYTES = 16 };

static struct {
  ba_mutex_t mutex; /* guards all that is here, and wiping */
  ba_list_t secrets;
  ba_list_t quarantine; /* freed last first */
  size_t quarantine_bytes;
} guarded = {.mutex = BA_MUTEX_INIT};

/* --- what lies where ---------------------------------------------------------- */

static uint8_t *first_page(const ba_chunk_t *chunk) {
  return chunk->base + ba_os_page_size();
}

static uint8_t *end_of(const ba_chunk_t *chunk) {
  return chunk->base + chunk->size - ba_os_page_size();
}

static size_t inner_size(const ba_chunk_t *chunk) {
  return chunk->size - 2 * ba_os_page_size();
}

/* A byte of the canary, by its address: no two blocks have the same. The highest
 * byte of a product depends on every bit of it. */
static uint8_t canary_at(const uint8_t *address) {
  return (uint8_t)((uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

static void write_canary(const ba_chunk_t *chunk, const uint8_t *block) {
  for (uint8_t *at = first_page(chunk); at < block; at++) *at = canary_at(at);
}

static bool is_intact(const ba_chunk_t *chunk, const uint8_t *block) {
  const uint8_t *at = first_page(chunk);
  while (at < block && *at == canary_at(at)) at++;
  return at == block;
}

/* Through a pointer that may change at any time, so that the compiler cannot leave
 * out what nobody reads. */
static void *(*const volatile clear)(void *, int, size_t) = memset;

static void wipe(const ba_chunk_t *chunk) {
  (void)clear(first_page(chunk), 0, inner_size(chunk));
}

/* --- secrets ------------------------------------------------------------------ */

static void wipe_all(void) {
  ba_mutex_lock(&guarded.mutex);
  for (ba_link_t *link = guarded.secrets.first; link != NULL;
       link = ba_list_next(&guarded.secrets, link)) {
    wipe(BA_HOLDER(link, ba_chunk_t, link));
  }
  ba_mutex_unlock(&guarded.mutex);
}

static unsigned seclude(const ba_chunk_t *chunk) {
  uint8_t *pages = first_page(chunk);
  size_t size = inner_size(chunk);
  unsigned got = 0;
  if (ba_os_keep_from_dumps(pages, size) == 0) got |= BA_GOT_UNDUMPED;
  if (ba_os_keep_from_forks(pages, size) == 0) got |= BA_GOT_UNFORKED;
  if (ba_os_lock(pages, size) == 0) got |= BA_GOT_LOCKED;
  return got;
}

/* Lists a secret among those that the end of the process wipes. */
static bool list_secret(ba_chunk_t *chunk) {
  ba_mutex_lock(&guarded.mutex);
  bool listed = ba_os_at_exit(wipe_all) == 0;
  if (listed) ba_list_push(&guarded.secrets, &chunk->link);
  ba_mutex_unlock(&guarded.mutex);
  return listed;
}

static void end_secret(ba_chunk_t *chunk) {
  ba_mutex_lock(&guarded.mutex);
  wipe(chunk);
  ba_list_remove(&guarded.secrets, &chunk->link);
  ba_mutex_unlock(&guarded.mutex);
  ba_os_expose(first_page(chunk), inner_size(chunk));
  ba_chunk_unmap(chunk);
}

/* --- what is watched ----------------------------------------------------------- */

/* Unmaps the oldest until there are at most so many. */
static void shrink_quarantine(size_t count, size_t bytes) {
  ba_list_t oldest = {NULL};
  ba_mutex_lock(&guarded.mutex);
  for (ba_chunk_t *chunk;
       (chunk = ba_chunk_of_link(ba_list_last(&guarded.quarantine))) != NULL &&
       (ba_process.quarantined_blocks > count ||
        guarded.quarantine_bytes > bytes);) {
    ba_list_remove(&guarded.quarantine, &chunk->link);
    ba_process.quarantined_blocks--;
    guarded.quarantine_bytes -= chunk->size;
    ba_list_push(&oldest, &chunk->link);
  }
  ba_mutex_unlock(&guarded.mutex);
  while (oldest.first != NULL) {
    ba_chunk_unmap(ba_chunk_of_link(ba_list_pop(&oldest)));
  }
}

static void quarantine(ba_chunk_t *chunk) {
  if (ba_os_purge(first_page(chunk), inner_size(chunk)) != 0 ||
      ba_os_protect(first_page(chunk), inner_size(chunk)) != 0) {
    ba_chunk_unmap(chunk);
    return;
  }
  ba_mutex_lock(&guarded.mutex);
  ba_list_push(&guarded.quarantine, &chunk->link);
  ba_process.quarantined_blocks++;
  guarded.quarantine_bytes += chunk->size;
  ba_mutex_unlock(&guarded.mutex);
  shrink_quarantine(BA_QUARANTINE_MAX, BA_QUARANTINE_BYTES_MAX);
}

void ba_guarded_trim(void) { shrink_quarantine(0, 0); }

/* --- any of them ---------------------------------------------------------------- */

/* A mapping whose inner pages can be used, and whose outer ones fault. */
static ba_chunk_t *map(size_t inner) {
  size_t page = ba_os_page_size();
  ba_chunk_t *chunk =
      ba_chunk_map(inner + 2 * page, BA_SMALL_CHUNK_SIZE, 1, &ba_guarded_heap);
  if (chunk == NULL) return NULL;
  if (ba_os_protect(chunk->base, page) == 0 &&
      ba_os_protect(end_of(chunk), page) == 0 &&
      ba_os_commit(first_page(chunk), inner) == 0) {
    return chunk;
  }
  ba_chunk_unmap(chunk);
  return NULL;
}

static void *make(ba_guarded_kind_t kind, size_t size, void *context,
                  unsigned *got) {
  ba_chunk_t *chunk = map(ba_round_up(size + CANARY_BYTES, ba_os_page_size()));
  if (chunk == NULL) return NULL;
  uint8_t *block = end_of(chunk) - size;
  chunk->kind = kind;
  chunk->context = context;
  *got = 0;
  if (kind == BA_SECRET) {
    if (!list_secret(chunk)) {
      ba_chunk_unmap(chunk);
      return NULL;
    }
    *got = seclude(chunk);
  }
  write_canary(chunk, block);
  return block;
}

ba_status_t ba_guarded_alloc(ba_guarded_kind_t kind, size_t size, void *context,
                             unsigned *got, void **out) {
  if (size - 1 >= BA_REQUEST_MAX) return BA_EINVAL;
  bool is_one_more = ba_process.guarded_blocks++ < BA_GUARDED_MAX;
  void *block = is_one_more ? make(kind, size, context, got) : NULL;
  if (block == NULL) {
    ba_process.guarded_blocks--;
    return BA_ENOMEM;
  }
  *out = block;
  return BA_OK;
}

void *ba_guarded_context(const void *block) {
  return ba_chunk_of(block)->context;
}

void ba_guarded_free(ba_chunk_t *chunk, const void *block) {
  if (!is_intact(chunk, block)) ba_process.damaged_blocks++;
  if (chunk->kind == BA_SECRET) {
    end_secret(chunk);
  } else {
    quarantine(chunk);
  }
  ba_process.guarded_blocks--;
}

size_t ba_guarded_usable_size(const ba_chunk_t *chunk, const void *block) {
  return (size_t)(end_of(chunk) - (const uint8_t *)block);
}
