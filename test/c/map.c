/* ----------------------------------------------------------------------------
 * map: ba_heap_visit shows every page of a heap once, and what is said of the
 * runs adds up to the counters, whatever the heap has been through.
 * ------------------------------------------------------------------------- */
#include "support.h"

enum { MAX_BLOCKS = 512 };

typedef struct sums {
  uint64_t mapped;
  uint64_t live_bytes;
  uint64_t live_blocks;
  uint64_t cached;
  uint64_t end; /* offset at which the next run of the chunk begins */
  const void *chunk;
  size_t runs;
} sums_t;

static uint64_t count_ones(uint64_t bits) {
  uint64_t count = 0;
  for (; bits != 0; bits &= bits - 1) count++;
  return count;
}

static void add(void *data, const ba_span_info_t *info) {
  sums_t *sums = data;
  uint64_t live = count_ones(info->live_blocks);
  uint64_t fresh = count_ones(info->fresh_blocks);
  sums->runs++;
  if (info->chunk != sums->chunk) {
    sums->chunk = info->chunk;
    sums->mapped += info->chunk_bytes;
    sums->end = 0;
  }
  CHECK_EQUAL(info->offset, sums->end);
  sums->end = info->offset + info->bytes;
  CHECK(sums->end <= info->chunk_bytes);
  CHECK_EQUAL(info->live_blocks & info->fresh_blocks, 0);
  CHECK(live + fresh <= info->block_count);
  sums->live_blocks += live;
  sums->live_bytes += live * info->block_size;
  sums->cached += info->resident_bytes - (live + fresh) * info->block_size;
}

/* Compares with the counters. */
static sums_t look(ba_heap_t *heap) {
  sums_t sums = {0};
  ba_heap_visit(heap, add, &sums);
  ba_heap_stats_t stats = test_stats(heap);
  CHECK_EQUAL(sums.mapped, stats.mapped_bytes);
  CHECK_EQUAL(sums.live_bytes, stats.live_bytes);
  CHECK_EQUAL(sums.live_blocks, stats.live_blocks);
  CHECK_EQUAL(sums.cached, stats.cached_bytes);
  return sums;
}

static void test_empty(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  CHECK_EQUAL(look(heap).runs, 0);
  ba_heap_destroy(heap);
}

static void test_adds_up(void) {
  static void *blocks[MAX_BLOCKS];
  uint64_t random = 7;
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < MAX_BLOCKS; i++) {
    size_t size = test_random_size(&random, 1, 3 * MIB);
    blocks[i] = test_alloc(heap, size, i % 7 == 0 ? 64 * KIB : 0, 0);
  }
  (void)look(heap);
  for (size_t i = 0; i < MAX_BLOCKS; i++) {
    if (test_random(&random) % 3 == 0) continue;
    if (i % 2 == 0) {
      ba_free(blocks[i]);
    } else {
      test_free_elsewhere(blocks[i]);
    }
    blocks[i] = NULL;
    if (i % 64 == 0) (void)look(heap);
  }
  (void)look(heap);
  (void)ba_heap_tick(heap, 0);
  (void)look(heap);
  for (size_t i = 0; i < MAX_BLOCKS; i++) ba_free(blocks[i]);
  CHECK_EQUAL(look(heap).live_blocks, 0);
  (void)ba_heap_trim(heap);
  CHECK_EQUAL(look(heap).runs, 0);
  ba_heap_destroy(heap);
}

/* The run that holds the first block of 2 KiB blocks. */
static void keep_blocks_of_2_kib(void *data, const ba_span_info_t *info) {
  if (info->block_size == 2 * KIB) *(ba_span_info_t *)data = *info;
}

static void test_tells_blocks_apart(void) {
  ba_span_info_t info = {0};
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *first = test_alloc(heap, 2 * KIB, 0, 0);
  void *second = test_alloc(heap, 2 * KIB, 0, 0);
  REQUIRE(first != NULL && second != NULL);
  ba_free(first);
  ba_heap_visit(heap, keep_blocks_of_2_kib, &info);
  size_t at = (size_t)((uint8_t *)second - (uint8_t *)info.chunk) - info.offset;
  CHECK_EQUAL(info.block_count * info.block_size, info.bytes);
  CHECK_EQUAL(info.live_blocks, (uint64_t)1 << (at / (2 * KIB)));
  CHECK_EQUAL(count_ones(info.fresh_blocks), info.block_count - 2);
  /* What was free when it looked last is not for that free again. */
  first = test_alloc(heap, 2 * KIB, 0, 0);
  ba_heap_visit(heap, keep_blocks_of_2_kib, &info);
  CHECK_EQUAL(count_ones(info.live_blocks), 2);
  ba_free(first);
  ba_free(second);
  ba_heap_destroy(heap);
}

static void test_sees_huge(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *kept = test_alloc(heap, 8 * MIB, 0, 0);
  void *freed = test_alloc(heap, 4 * MIB, 0, 0);
  ba_free(freed);
  CHECK_EQUAL(look(heap).runs, 2);
  ba_free(kept);
  CHECK_EQUAL(look(heap).live_blocks, 0);
  ba_heap_destroy(heap);
}

static const test_case_t cases[] = {
    {"shows nothing of a heap that has nothing", test_empty},
    {"adds up to the counters, whoever frees what", test_adds_up},
    {"tells which blocks of a run are live and which fresh",
     test_tells_blocks_apart},
    {"shows huge blocks, cached ones as well", test_sees_huge},
};

SUITE(map_suite, "map", cases);
