/* ----------------------------------------------------------------------------
 * store_napi: stores made by Node-API (store.h), the portable way.
 *
 * Node-API calls a store's finalizer on the environment's own thread: in a turn of
 * the event loop after the memory was last let go, or when the environment ends; Bun
 * calls it while an ArrayBuffer is detached. It may come long after the memory was
 * taken back, and after the environment's state was closed. Each store therefore has
 * a record, which lives until its finalizer has run; the records keep the state that
 * they are in.
 *
 * A record is found by the address of its block: whatever ArrayBuffer the memory
 * was transferred to since it was made, it is the same store.
 *
 * When an environment ends its finalizers run, though another thread may by then
 * use memory that was moved there. Only an environment that outlives all others
 * is safe to make stores in this way: the main thread's.
 * ------------------------------------------------------------------------- */
#include <stdio.h>
#include <stdlib.h>

#include "store.h"
#include "table.h"
#include "values.h"

typedef struct ba_records {
  ba_table_t *by_block; /* those whose block is out */
  size_t count;         /* those whose finalizer has not run */
  bool closed;
} ba_records_t;

typedef struct ba_record {
  ba_records_t *records;
  ba_ticket_t *ticket;
  void *block; /* NULL once it was taken back */
  size_t size;
} ba_record_t;

static void records_release(ba_records_t *records) {
  if (!records->closed || records->count != 0) return;
  ba_table_delete(records->by_block);
  free(records);
}

static ba_record_t *record_new(ba_records_t *records, ba_ticket_t *ticket,
                               void *block, size_t size) {
  ba_record_t *record = malloc(sizeof *record);
  if (record == NULL) return NULL;
  if (!ba_table_add(records->by_block, block, record)) {
    free(record);
    return NULL;
  }
  *record = (ba_record_t){records, ticket, block, size};
  records->count++;
  return record;
}

/* Returns a record's block, unless that has been done. */
static void record_return(ba_record_t *record) {
  if (record->block == NULL) return;
  void *block = record->block;
  record->block = NULL;
  ba_table_remove(record->records->by_block, block);
  ba_store_return(record->ticket, block, record->size);
}

static void record_delete(ba_record_t *record) {
  ba_records_t *records = record->records;
  record_return(record);
  free(record);
  records->count--;
  records_release(records);
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  record_delete(hint);
}

static void finalize_nothing(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  (void)hint;
}

/* --- the table ----------------------------------------------------------------- */

static bool check(napi_env env, char *why, size_t why_size) {
  static _Atomic bool checked; /* for the process */
  static unsigned char byte;
  napi_value buffer;
  if (checked) return true;
  napi_status status = napi_create_external_arraybuffer(
      env, &byte, 1, finalize_nothing, NULL, &buffer);
  checked = status == napi_ok;
  if (status == napi_no_external_buffers_allowed) {
    (void)snprintf(why, why_size, "external ArrayBuffers are not allowed here");
  } else if (status != napi_ok) {
    (void)snprintf(why, why_size, "no external ArrayBuffer can be made here");
  }
  return status == napi_ok;
}

static bool open_records(void **state) {
  ba_records_t *records = calloc(1, sizeof *records);
  if (records == NULL) return false;
  records->by_block = ba_table_new();
  if (records->by_block == NULL) {
    free(records);
    return false;
  }
  *state = records;
  return true;
}

static void close_records(void *state) {
  ba_records_t *records = state;
  records->closed = true;
  records_release(records);
}

static int make(napi_env env, void *state, ba_ticket_t *ticket, void *block,
                size_t size, napi_value *out) {
  ba_record_t *record = record_new(state, ticket, block, size);
  if (record == NULL) {
    ba_store_return(ticket, block, size);
    return BA_ENOMEM;
  }
  napi_status made =
      napi_create_external_arraybuffer(env, block, size, finalize, record, out);
  if (made == napi_ok) return BA_OK;
  /* A generic failure is an ArrayBuffer that was made, but not to the end, as when
   * the environment is being stopped: Node-API has the memory, and will call the
   * finalizer. Anything else it refuses before it takes the memory over. */
  if (made != napi_generic_failure) record_delete(record);
  if (made == napi_no_external_buffers_allowed) return BA_EUNSUPPORTED;
  ba_throw(env, "napi_create_external_arraybuffer");
  return BA_EPENDING;
}

static int empty(napi_env env, void *state, napi_value buffer, void *data,
                 size_t size) {
  const ba_records_t *records = state;
  int status = ba_store_detach(env, buffer);
  if (status != BA_OK) return status;
  /* Bun calls the finalizer meanwhile, and there is no record any more. Others may
   * show a part of a store's memory. */
  ba_record_t *record = ba_table_find(records->by_block, data);
  if (record != NULL && record->size == size) record_return(record);
  return BA_OK;
}

const ba_store_ops_t ba_store_napi = {
    .name = "napi",
    .check = check,
    .open = open_records,
    .close = close_records,
    .make = make,
    .empty = empty,
};
