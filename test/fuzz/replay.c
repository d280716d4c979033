/* ----------------------------------------------------------------------------
 * replay: runs the fuzz target on the files given, without libFuzzer.
 * ------------------------------------------------------------------------- */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUT_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path) {
  static uint8_t data[INPUT_MAX];
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    return -1;
  }
  size_t size = fread(data, 1, sizeof(data), file);
  (void)fclose(file);
  (void)fprintf(stderr, "%s: %zu bytes\n", path, size);
  return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    (void)fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    return 2;
  }
  for (int i = 1; i < argc; i++) {
    if (replay(argv[i]) != 0) return 2;
  }
  return 0;
}
