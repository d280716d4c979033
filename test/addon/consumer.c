/* ----------------------------------------------------------------------------
 * consumer: another project's addon that has its memory from bufalloc, by
 * include/bufalloc.h. It is compiled as C and as C++ (consumer_cxx.cc), with the
 * header of version 1, and as one that wants a version that there is not yet
 * (binding.gyp). What it exports is for test/capi.test.js.
 * ------------------------------------------------------------------------- */
#include <bufalloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The table, of whoever loaded it last: it outlives them all. */
static const bufalloc_api *api;

/* --- values ---------------------------------------------------------------------- */

enum { MAX_ARGS = 4 };

static void get_args(napi_env env, napi_callback_info info, napi_value *args) {
  size_t count = MAX_ARGS;
  napi_get_cb_info(env, info, &count, args, NULL, NULL);
}

static double number_of(napi_env env, napi_value value) {
  double result = 0;
  napi_get_value_double(env, value, &result);
  return result;
}

static napi_value number(napi_env env, double value) {
  napi_value result = NULL;
  napi_create_double(env, value, &result);
  return result;
}

static void set(napi_env env, napi_value object, const char *name,
                double value) {
  napi_set_named_property(env, object, name, number(env, value));
}

/* A Buffer, or the status of why there is none; with an exception, nothing. */
static napi_value buffer_or_status(napi_env env, int status,
                                   napi_value result) {
  if (status == BUFALLOC_EXCEPTION) return NULL;
  return status == BUFALLOC_OK ? result : number(env, status);
}

static bool is_filled(const void *data, size_t length, int byte) {
  const unsigned char *bytes = (const unsigned char *)data;
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != (unsigned char)byte) return false;
  }
  return true;
}

/* --- on the thread of JavaScript --------------------------------------------------- */

/* load(capi) -> { status, message } */
static napi_value load(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  napi_value result;
  napi_value text;
  char message[BUFALLOC_MESSAGE_SIZE];
  const bufalloc_api *loaded;
  get_args(env, info, args);
  int status = bufalloc_load(env, args[0], &loaded, message, sizeof message);
  if (status == BUFALLOC_OK && api != loaded) api = loaded;
  napi_create_object(env, &result);
  set(env, result, "status", status);
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text);
  napi_set_named_property(env, result, "message", text);
  return result;
}

/* give(blockSize, size, byte) -> a Buffer of the first bytes of a block */
static napi_value give(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  napi_value result = NULL;
  get_args(env, info, args);
  void *block = api->allocate((size_t)number_of(env, args[0]), 0, 0);
  size_t size = (size_t)number_of(env, args[1]);
  if (block == NULL) return number(env, BUFALLOC_NO_MEMORY);
  memset(block, (int)number_of(env, args[2]), api->usable_size(block));
  int status = api->give(env, block, size, &result);
  return buffer_or_status(env, status, result);
}

/* giveNothing() -> the status of giving no block */
static napi_value give_nothing(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  (void)info;
  return number(env, api->give(env, NULL, 1, &result));
}

/* make(size, zero, byte) -> a Buffer, filled with the byte; with `zero`, -100 if it
 * was not zero before */
static napi_value make(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  napi_value result = NULL;
  bool zero = false;
  void *data = NULL;
  get_args(env, info, args);
  size_t size = (size_t)number_of(env, args[0]);
  napi_get_value_bool(env, args[1], &zero);
  int status = api->buffer(env, size, zero ? BUFALLOC_ZERO : 0, &data, &result);
  if (status == BUFALLOC_OK) {
    if (zero && !is_filled(data, size, 0)) return number(env, -100);
    if (size > 0) memset(data, (int)number_of(env, args[2]), size);
  }
  return buffer_or_status(env, status, result);
}

/* --- pins -------------------------------------------------------------------------- */

typedef struct pinned {
  struct pinned *next;
  bufalloc_pin *pin;
  void *data;
  size_t length;
  int byte;
  bool right;
  napi_async_work work;
  napi_deferred deferred;
  pthread_t thread;
} pinned_t;

/* All that no thread is about to end, of whichever environment. */
static pinned_t *all_pinned;
static pthread_mutex_t pinned_mutex = PTHREAD_MUTEX_INITIALIZER;

static void add_pinned(pinned_t *self) {
  pthread_mutex_lock(&pinned_mutex);
  self->next = all_pinned;
  all_pinned = self;
  pthread_mutex_unlock(&pinned_mutex);
}

/* Whoever ends a pin takes it off the list first. */
static void remove_pinned(pinned_t *self) {
  pthread_mutex_lock(&pinned_mutex);
  pinned_t **place = &all_pinned;
  while (*place != self) place = &(*place)->next;
  *place = self->next;
  pthread_mutex_unlock(&pinned_mutex);
}

/* Any of them; NULL if there is none. */
static pinned_t *pop_pinned(void) {
  pthread_mutex_lock(&pinned_mutex);
  pinned_t *self = all_pinned;
  if (self != NULL) all_pinned = self->next;
  pthread_mutex_unlock(&pinned_mutex);
  return self;
}

/* pin(buffer) -> what the others take, or a status */
static napi_value pin(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  napi_value result = NULL;
  get_args(env, info, args);
  pinned_t *self = (pinned_t *)calloc(1, sizeof *self);
  int status = api->pin(env, args[0], &self->pin, &self->data, &self->length);
  if (status != BUFALLOC_OK) {
    free(self);
    return buffer_or_status(env, status, NULL);
  }
  add_pinned(self);
  napi_create_external(env, self, NULL, NULL, &result);
  return result;
}

static pinned_t *get_pinned(napi_env env, napi_value value) {
  void *self = NULL;
  napi_get_value_external(env, value, &self);
  return (pinned_t *)self;
}

/* isFilled(pin, byte) -> whether the pinned memory is */
static napi_value is_pinned_filled(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  napi_value result = NULL;
  get_args(env, info, args);
  const pinned_t *self = get_pinned(env, args[0]);
  int byte = (int)number_of(env, args[1]);
  napi_get_boolean(env, is_filled(self->data, self->length, byte), &result);
  return result;
}

/* unpin(pin) */
static napi_value unpin(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  get_args(env, info, args);
  pinned_t *self = get_pinned(env, args[0]);
  remove_pinned(self);
  api->unpin(self->pin);
  free(self);
  return NULL;
}

/* unpinAll() -> how many pins have ended by that, those of other environments and of
 * some that have ended included */
static napi_value unpin_all(napi_env env, napi_callback_info info) {
  int count = 0;
  (void)info;
  for (pinned_t *self; (self = pop_pinned()) != NULL; count++) {
    api->unpin(self->pin);
    free(self);
  }
  return number(env, count);
}

static void check_and_unpin(void *data) {
  pinned_t *self = (pinned_t *)data;
  self->right = is_filled(self->data, self->length, self->byte);
  api->unpin(self->pin);
}

static void *run_unpin(void *data) {
  check_and_unpin(data);
  return NULL;
}

/* unpinOnThread(pin, byte) -> whether the memory was filled until then; when it
 * returns, a thread of its own has unpinned it and ended */
static napi_value unpin_on_thread(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  napi_value result = NULL;
  get_args(env, info, args);
  pinned_t *self = get_pinned(env, args[0]);
  self->byte = (int)number_of(env, args[1]);
  remove_pinned(self);
  if (pthread_create(&self->thread, NULL, run_unpin, self) != 0) return NULL;
  pthread_join(self->thread, NULL);
  napi_get_boolean(env, self->right, &result);
  free(self);
  return result;
}

static void on_environment_end(void *data) {
  pinned_t *self = (pinned_t *)data;
  if (pthread_create(&self->thread, NULL, run_unpin, self) != 0) abort();
  pthread_join(self->thread, NULL);
  free(self);
}

/* unpinAtEnd(pin): a thread of its own does, which the environment's end waits for */
static napi_value unpin_at_end(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  get_args(env, info, args);
  pinned_t *self = get_pinned(env, args[0]);
  remove_pinned(self);
  napi_add_env_cleanup_hook(env, on_environment_end, self);
  return NULL;
}

static void execute_unpin(napi_env env, void *data) {
  (void)env;
  check_and_unpin(data);
}

static void complete_unpin(napi_env env, napi_status status, void *data) {
  pinned_t *self = (pinned_t *)data;
  napi_value result = NULL;
  napi_get_boolean(env, status == napi_ok && self->right, &result);
  napi_resolve_deferred(env, self->deferred, result);
  napi_delete_async_work(env, self->work);
  free(self);
}

static napi_value queue(napi_env env, napi_async_execute_callback execute,
                        napi_async_complete_callback complete, void *data,
                        napi_async_work *work, napi_deferred *deferred) {
  napi_value promise = NULL;
  napi_value name = NULL;
  napi_create_promise(env, deferred, &promise);
  napi_create_string_utf8(env, "consumer", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, NULL, name, execute, complete, data, work);
  napi_queue_async_work(env, *work);
  return promise;
}

/* unpinLater(pin, byte) -> a promise of whether the memory was filled until then,
 * on a thread of the pool */
static napi_value unpin_later(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  get_args(env, info, args);
  pinned_t *self = get_pinned(env, args[0]);
  self->byte = (int)number_of(env, args[1]);
  remove_pinned(self);
  return queue(env, execute_unpin, complete_unpin, self, &self->work,
               &self->deferred);
}

/* --- on threads of the pool ---------------------------------------------------------- */

typedef struct job {
  napi_async_work work;
  napi_deferred deferred;
  void *block;
  size_t size;
  int byte;
} job_t;

static void execute_job(napi_env env, void *data) {
  (void)env;
  job_t *job = (job_t *)data;
  unsigned char *block =
      (unsigned char *)api->allocate(job->size / 2 + 1, 4096, 0);
  if (block == NULL) return;
  memset(block, job->byte, job->size / 2 + 1);
  job->block = api->reallocate(block, job->size);
  if (job->block == NULL) {
    api->deallocate(block);
    return;
  }
  size_t half = job->size / 2;
  memset((char *)job->block + half, job->byte, job->size - half);
}

static void complete_job(napi_env env, napi_status status, void *data) {
  job_t *job = (job_t *)data;
  napi_value result = NULL;
  if (status != napi_ok) api->deallocate(job->block);
  int given = status == napi_ok ? api->give(env, job->block, job->size, &result)
                                : BUFALLOC_INVALID;
  result = buffer_or_status(env, given, result);
  if (result == NULL) napi_get_and_clear_last_exception(env, &result);
  napi_resolve_deferred(env, job->deferred, result);
  napi_delete_async_work(env, job->work);
  free(job);
}

/* work(size, byte) -> a promise of a Buffer that a thread of the pool has filled */
static napi_value work(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  get_args(env, info, args);
  job_t *job = (job_t *)calloc(1, sizeof *job);
  job->size = (size_t)number_of(env, args[0]);
  job->byte = (int)number_of(env, args[1]);
  return queue(env, execute_job, complete_job, job, &job->work, &job->deferred);
}

/* --- on threads of its own ------------------------------------------------------------- */

enum { THREADS = 4, BLOCKS = 64 };

/* Blocks that wait for whichever thread frees them. */
typedef struct exchange {
  pthread_mutex_t mutex;
  unsigned char *blocks[BLOCKS];
  unsigned seed;
  int rounds;
  int wrong;
} exchange_t;

/* The first and the last byte of a block tell how it was filled. */
static unsigned char *fill_block(size_t size, int byte) {
  unsigned char *block =
      (unsigned char *)api->allocate(size, 0, byte == 0 ? BUFALLOC_ZERO : 0);
  if (block != NULL && byte != 0) memset(block, byte, api->usable_size(block));
  return block;
}

static bool is_whole(const unsigned char *block) {
  return is_filled(block, api->usable_size(block), block[0]);
}

static void *trade(void *data) {
  exchange_t *exchange = (exchange_t *)data;
  pthread_mutex_lock(&exchange->mutex);
  unsigned state = ++exchange->seed;
  pthread_mutex_unlock(&exchange->mutex);
  int wrong = 0;
  for (int i = 0; i < exchange->rounds; i++) {
    state = state * 1103515245u + 12345u;
    size_t size = (size_t)1 << (state >> 16) % 18;
    unsigned char *block = fill_block(size, (int)(state >> 24));
    if (block == NULL || api->usable_size(block) < size) wrong++;
    pthread_mutex_lock(&exchange->mutex);
    unsigned char **place = &exchange->blocks[(state >> 8) % BLOCKS];
    unsigned char *other = *place;
    *place = block;
    pthread_mutex_unlock(&exchange->mutex);
    if (other != NULL && !is_whole(other)) wrong++;
    if ((state & 1) != 0 && other != NULL) {
      void *moved = api->reallocate(other, size * 2);
      if (moved != NULL) other = (unsigned char *)moved;
    }
    api->deallocate(other);
  }
  pthread_mutex_lock(&exchange->mutex);
  exchange->wrong += wrong;
  pthread_mutex_unlock(&exchange->mutex);
  return NULL;
}

/* threads(rounds) -> how many blocks were not as they should be, of those that four
 * threads allocated, handed to each other, checked and freed before they ended */
static napi_value threads(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  pthread_t all[THREADS];
  exchange_t exchange;
  get_args(env, info, args);
  memset(&exchange, 0, sizeof exchange);
  exchange.rounds = (int)number_of(env, args[0]);
  if (pthread_mutex_init(&exchange.mutex, NULL) != 0) return NULL;
  for (int i = 0; i < THREADS; i++) {
    if (pthread_create(&all[i], NULL, trade, &exchange) != 0) abort();
  }
  for (int i = 0; i < THREADS; i++) pthread_join(all[i], NULL);
  /* They outlive the threads that allocated them. */
  for (int i = 0; i < BLOCKS; i++) {
    unsigned char *block = exchange.blocks[i];
    if (block != NULL && !is_whole(block)) exchange.wrong++;
    api->deallocate(block);
  }
  pthread_mutex_destroy(&exchange.mutex);
  return number(env, exchange.wrong);
}

/* --- the rest -------------------------------------------------------------------------- */

/* refused() -> how many of some allocations that make no sense were served */
static napi_value refused(napi_env env, napi_callback_info info) {
  (void)info;
  int served = 0;
  served += api->allocate(SIZE_MAX, 0, 0) != NULL;
  served += api->allocate(SIZE_MAX / 2, 0, 0) != NULL;
  served += api->allocate(8, 3, 0) != NULL;
  served += api->allocate(8, (size_t)8 << 20, 0) != NULL;
  void *block = api->allocate(0, 0, 0);
  served += block == NULL;
  served += api->reallocate(block, SIZE_MAX) != NULL;
  api->deallocate(block);
  api->deallocate(NULL);
  api->unpin(NULL);
  return number(env, served);
}

/* grow(step, most) -> how often a block moves that grows by so many bytes at a time */
static napi_value grow(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  get_args(env, info, args);
  size_t step = (size_t)number_of(env, args[0]);
  size_t most = (size_t)number_of(env, args[1]);
  int moves = 0;
  unsigned char *block = (unsigned char *)api->allocate(step, 0, 0);
  for (size_t size = 2 * step; block != NULL && size <= most; size += step) {
    memset(block, 7, size - step);
    unsigned char *grown = (unsigned char *)api->reallocate(block, size);
    if (grown == NULL || grown[0] != 7 || grown[size - step - 1] != 7) {
      moves = -1;
      break;
    }
    moves += grown != block;
    block = grown;
  }
  api->deallocate(block);
  return number(env, moves);
}

/* counters() -> an object of them; undefined with the header of version 1 */
static napi_value counters(napi_env env, napi_callback_info info) {
  (void)info;
#if BUFALLOC_API_VERSION >= 2
  napi_value result;
  struct {
    bufalloc_counters known;
    uint64_t unknown;
  } all;
  all.unknown = 1;
  api->counters(&all.known, sizeof all);
  napi_create_object(env, &result);
  set(env, result, "liveBlocks", (double)all.known.live_blocks);
  set(env, result, "liveBytes", (double)all.known.live_bytes);
  set(env, result, "cachedBytes", (double)all.known.cached_bytes);
  set(env, result, "allocatedBlocks", (double)all.known.allocated_blocks);
  set(env, result, "threads", (double)all.known.threads);
  set(env, result, "given", (double)all.known.given);
  set(env, result, "copied", (double)all.known.copied);
  set(env, result, "pinned", (double)all.known.pinned);
  set(env, result, "unknown", (double)all.unknown);
  return result;
#else
  (void)env;
  return NULL;
#endif
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback callback;
  } functions[] = {
      {"load", load},
      {"give", give},
      {"giveNothing", give_nothing},
      {"make", make},
      {"pin", pin},
      {"isFilled", is_pinned_filled},
      {"unpin", unpin},
      {"unpinAll", unpin_all},
      {"unpinOnThread", unpin_on_thread},
      {"unpinAtEnd", unpin_at_end},
      {"unpinLater", unpin_later},
      {"work", work},
      {"threads", threads},
      {"refused", refused},
      {"grow", grow},
      {"counters", counters},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH,
                         functions[i].callback, NULL, &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}
