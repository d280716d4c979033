/* ----------------------------------------------------------------------------
 * deflate: an addon that compresses and decompresses on the threadpool.
 *
 * The input is pinned while a thread reads it, so that the program may drop the
 * Buffer, or try to release it. The output is allocated by the thread and grows as
 * it comes; it becomes the Buffer that the program gets, without a copy. What zlib
 * needs for itself comes from bufalloc as well: every thread finds its last job's.
 *
 *   load(capi)                          once, before the others
 *   deflate(buffer, level) -> promise of a Buffer, in the zlib format
 *   inflate(buffer, size)  -> promise of a Buffer; `size`: how long it may be
 *   use(name): for bench.js, `bufalloc` or one of malloc.h
 * ------------------------------------------------------------------------- */
#include <bufalloc.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "malloc.h"

static const bufalloc_api *api;    /* whose memory is used */
static const bufalloc_api *loaded; /* bufalloc's */

/* --- a job ------------------------------------------------------------------------- */

typedef struct job job_t;

struct job {
  int (*work)(job_t *job); /* a status of zlib's */
  napi_async_work async;
  napi_deferred deferred;
  bufalloc_pin *pin; /* of the input */
  void *input;
  size_t input_length;
  unsigned char *output; /* a block */
  size_t output_length;
  size_t capacity;
  int level;
  int status;
};

static void *zlib_allocate(void *opaque, unsigned count, unsigned size) {
  (void)opaque;
  return api->allocate((size_t)count * size, 0, 0);
}

static void zlib_free(void *opaque, void *block) {
  (void)opaque;
  api->deallocate(block);
}

/* Makes the output longer, or just as long as it is. */
static int resize(job_t *job, size_t capacity) {
  void *block = api->reallocate(job->output, capacity);
  if (block == NULL) return Z_MEM_ERROR;
  job->output = block;
  job->capacity = capacity;
  return Z_OK;
}

/* One call of zlib's after the other, with room for what comes out. Lengths are of
 * 32 bits in zlib. */
static int pump(job_t *job, z_stream *stream, int (*step)(z_stream *, int)) {
  int status = Z_OK;
  stream->next_in = job->input;
  stream->avail_in = (unsigned)job->input_length;
  while (status == Z_OK) {
    if (job->output_length == job->capacity) {
      status = resize(job, job->capacity * 2);
      if (status != Z_OK) break;
    }
    size_t room = job->capacity - job->output_length;
    if (room > UINT_MAX) room = UINT_MAX;
    stream->next_out = job->output + job->output_length;
    stream->avail_out = (unsigned)room;
    status = step(stream, Z_FINISH);
    job->output_length += room - stream->avail_out;
    /* It wants more room, or there is no more input. */
    if (status == Z_BUF_ERROR && stream->avail_out == 0) status = Z_OK;
  }
  if (status != Z_STREAM_END) return status == Z_OK ? Z_DATA_ERROR : status;
  return resize(job, job->output_length);
}

static z_stream new_stream(void) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  stream.zalloc = zlib_allocate;
  stream.zfree = zlib_free;
  return stream;
}

static int deflate_job(job_t *job) {
  z_stream stream = new_stream();
  int status = deflateInit(&stream, job->level);
  if (status != Z_OK) return status;
  status = resize(job, deflateBound(&stream, (unsigned long)job->input_length));
  if (status == Z_OK) status = pump(job, &stream, deflate);
  (void)deflateEnd(&stream);
  return status;
}

static int inflate_job(job_t *job) {
  z_stream stream = new_stream();
  int status = inflateInit(&stream);
  if (status != Z_OK) return status;
  status = resize(job, job->capacity);
  if (status == Z_OK) status = pump(job, &stream, inflate);
  (void)inflateEnd(&stream);
  return status;
}

/* --- on the threadpool and back ------------------------------------------------------ */

static void execute(napi_env env, void *data) {
  (void)env;
  job_t *job = data;
  job->status = job->work(job);
}

/* Gives the output to JavaScript; an error if there is none. */
static bool get_result(napi_env env, const job_t *job, napi_value *result) {
  int status = job->status == Z_OK
                   ? api->give(env, job->output, job->output_length, result)
                   : BUFALLOC_INVALID;
  if (status == BUFALLOC_OK) return true;
  if (job->status != Z_OK) api->deallocate(job->output);
  if (status == BUFALLOC_EXCEPTION) {
    (void)napi_get_and_clear_last_exception(env, result);
    return false;
  }
  const char *why = job->status != Z_OK ? zError(job->status) : "no memory";
  napi_value message;
  (void)napi_create_string_utf8(env, why, NAPI_AUTO_LENGTH, &message);
  (void)napi_create_error(env, NULL, message, result);
  return false;
}

static void complete(napi_env env, napi_status status, void *data) {
  job_t *job = data;
  napi_value result;
  api->unpin(job->pin);
  if (status == napi_cancelled) {
    /* The environment is ending; nobody waits. */
    api->deallocate(job->output);
  } else if (get_result(env, job, &result)) {
    (void)napi_resolve_deferred(env, job->deferred, result);
  } else {
    (void)napi_reject_deferred(env, job->deferred, result);
  }
  (void)napi_delete_async_work(env, job->async);
  free(job);
}

static napi_value fail(napi_env env, job_t *job, int status,
                       const char *message) {
  if (job != NULL) api->unpin(job->pin);
  free(job);
  if (status != BUFALLOC_EXCEPTION) {
    (void)napi_throw_type_error(env, NULL, message);
  }
  return NULL;
}

/* Starts a job on the first argument. */
static napi_value start(napi_env env, job_t *job, napi_value input) {
  napi_value promise;
  napi_value name;
  int status = api->pin(env, input, &job->pin, &job->input, &job->input_length);
  if (status != BUFALLOC_OK || job->input_length > UINT_MAX) {
    return fail(env, job, status, "expected a Buffer of less than 4 GiB");
  }
  if (napi_create_string_utf8(env, "deflate", NAPI_AUTO_LENGTH, &name) !=
          napi_ok ||
      napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
      napi_create_async_work(env, NULL, name, execute, complete, job,
                             &job->async) != napi_ok ||
      napi_queue_async_work(env, job->async) != napi_ok) {
    return fail(env, job, BUFALLOC_OK, "the job cannot be started");
  }
  return promise;
}

/* --- what JavaScript calls ------------------------------------------------------------ */

/* Reads a Buffer and a number, and makes a job. NULL with an exception. */
static job_t *begin(napi_env env, napi_callback_info info, napi_value *input,
                    double *number) {
  size_t count = 2;
  napi_value args[2];
  job_t *job = NULL;
  if (api != NULL &&
      napi_get_cb_info(env, info, &count, args, NULL, NULL) == napi_ok &&
      napi_get_value_double(env, args[1], number) == napi_ok) {
    job = calloc(1, sizeof *job);
    *input = args[0];
  }
  if (job == NULL) {
    (void)napi_throw_type_error(env, NULL,
                                api == NULL ? "load(capi) comes first"
                                            : "expected a Buffer and a number");
  }
  return job;
}

static napi_value start_deflate(napi_env env, napi_callback_info info) {
  napi_value input;
  double level;
  job_t *job = begin(env, info, &input, &level);
  if (job == NULL) return NULL;
  job->work = deflate_job;
  job->level = (int)level;
  return start(env, job, input);
}

static napi_value start_inflate(napi_env env, napi_callback_info info) {
  napi_value input;
  double size;
  job_t *job = begin(env, info, &input, &size);
  if (job == NULL) return NULL;
  job->work = inflate_job;
  job->capacity = size >= 1 && size < 4e9 ? (size_t)size : 1;
  return start(env, job, input);
}

static napi_value load(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value capi;
  const bufalloc_api *found = NULL;
  char why[BUFALLOC_MESSAGE_SIZE];
  if (napi_get_cb_info(env, info, &count, &capi, NULL, NULL) == napi_ok &&
      bufalloc_load(env, capi, &found, why, sizeof why) != BUFALLOC_OK) {
    (void)napi_throw_error(env, NULL, why);
  }
  /* It is the same for all environments. */
  if (loaded == NULL) loaded = found;
  if (api == NULL) api = loaded;
  return NULL;
}

static napi_value use(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value arg;
  char name[16] = "";
  size_t length;
  if (napi_get_cb_info(env, info, &count, &arg, NULL, NULL) == napi_ok) {
    (void)napi_get_value_string_utf8(env, arg, name, sizeof name, &length);
  }
  api = strcmp(name, "external") == 0 ? &malloc_external
        : strcmp(name, "copy") == 0   ? &malloc_copy
                                      : loaded;
  return NULL;
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback callback;
  } functions[] = {
      {"load", load},
      {"deflate", start_deflate},
      {"inflate", start_inflate},
      {"use", use},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH,
                             functions[i].callback, NULL,
                             &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) !=
            napi_ok) {
      return NULL;
    }
  }
  return exports;
}
