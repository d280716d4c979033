/* span: see span.h. */
#include "span.h"

#include "meta.h"

/* A heap's first batch takes 1 KiB, so that a small heap is cheap; all others
 * take 8. */
enum { FIRST_BATCH = 7, BATCH = 63 };

struct ba_span_batch {
  ba_span_batch_t *next;
  size_t count;
  ba_span_t spans[];
};

static size_t batch_size(size_t count) {
  return sizeof(ba_span_batch_t) + count * sizeof(ba_span_t);
}

bool ba_spans_grow(ba_spans_t *spans) {
  size_t count = spans->batches == NULL ? FIRST_BATCH : BATCH;
  ba_span_batch_t *batch = ba_meta_alloc(batch_size(count));
  if (batch == NULL) return false;
  batch->next = spans->batches;
  batch->count = count;
  spans->batches = batch;
  for (size_t i = 0; i < count; i++) ba_span_delete(spans, &batch->spans[i]);
  return true;
}

void ba_spans_end(ba_spans_t *spans) {
  while (spans->batches != NULL) {
    ba_span_batch_t *batch = spans->batches;
    spans->batches = batch->next;
    ba_meta_free(batch, batch_size(batch->count));
  }
}
