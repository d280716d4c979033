/* map: see map.h. */
#include "map.h"

typedef struct ba_map_writer {
  double *out;
  size_t rows; /* there is room for */
  size_t count;
} ba_map_writer_t;

static double low(uint64_t bits) { return (double)(uint32_t)bits; }
static double high(uint64_t bits) { return (double)(uint32_t)(bits >> 32); }

static void write_row(void *data, const ba_span_info_t *info) {
  ba_map_writer_t *writer = data;
  if (writer->count++ >= writer->rows) return;
  const double row[BA_MAP_FIELDS] = {
      (double)(uintptr_t)info->chunk, (double)info->chunk_bytes,
      (double)info->offset,           (double)info->bytes,
      (double)info->resident_bytes,   (double)info->block_size,
      (double)info->block_count,      low(info->live_blocks),
      high(info->live_blocks),        low(info->fresh_blocks),
      high(info->fresh_blocks),
  };
  for (size_t i = 0; i < BA_MAP_FIELDS; i++) *writer->out++ = row[i];
}

size_t ba_map_read(ba_heap_t *heap, double *out, size_t room) {
  ba_map_writer_t writer = {0};
  writer.out = out;
  writer.rows = room / BA_MAP_FIELDS;
  ba_heap_visit(heap, write_row, &writer);
  return writer.count;
}
