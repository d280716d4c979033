/* span: see span.h. */
#include "span.h"

#include "meta.h"

/* A batch takes 1 KiB, so that a small heap is cheap, and most descriptors are had
 * without the lock of the tables. */
enum { BATCH = 7 };

struct ba_span_batch {
  ba_span_batch_t *next;
  ba_span_t spans[BATCH];
};

bool ba_spans_prepare(ba_spans_t *spans) {
  if (spans->unused_count >= BA_SPANS_READY) return true;
  ba_span_batch_t *batch = ba_meta_alloc(sizeof *batch);
  if (batch == NULL) return false;
  batch->next = spans->batches;
  spans->batches = batch;
  for (size_t i = 0; i < BATCH; i++) ba_span_delete(spans, &batch->spans[i]);
  return true;
}

void ba_spans_end(ba_spans_t *spans) {
  while (spans->batches != NULL) {
    ba_span_batch_t *batch = spans->batches;
    spans->batches = batch->next;
    ba_meta_free(batch, sizeof *batch);
  }
}
