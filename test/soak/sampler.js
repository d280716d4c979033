'use strict';

/* What the soak looks at every second: memory, counters, the delay of the event loop. */

const { monitorEventLoopDelay } = require('node:perf_hooks');
const { stats } = require('../..');

const MIB = 1024 * 1024;
const EVERY_MS = 1000;

class Sampler {
  /** @param {(sample: object) => void} onSample told of each */
  constructor(onSample) {
    this.samples = [];
    this.start = performance.now();
    this.delay = monitorEventLoopDelay({ resolution: 10 });
    this.delay.enable();
    this.timer = setInterval(() => onSample(this.sample()), EVERY_MS);
  }

  sample() {
    const { rss, heapUsed, external } = process.memoryUsage();
    const { heap, fallbacks, process: whole } = stats();
    const sample = {
      seconds: (performance.now() - this.start) / 1000,
      rssMiB: rss / MIB,
      heapUsedMiB: heapUsed / MIB,
      externalMiB: external / MIB,
      mappedMiB: whole.mappedBytes / MIB,
      liveMiB: heap.liveBytes / MIB,
      cachedMiB: heap.cachedBytes / MIB,
      tablesMiB: whole.metadataBytes / MIB,
      heaps: whole.heaps,
      orphanedHeaps: whole.orphanedHeaps,
      fallbacks: Object.values(fallbacks).reduce((sum, count) => sum + count, 0),
      delayMs: { p50: this.delay.percentile(50) / 1e6, max: this.delay.max / 1e6 },
    };
    this.delay.reset();
    this.samples.push(sample);
    return sample;
  }

  stop() {
    clearInterval(this.timer);
    this.delay.disable();
  }
}

module.exports = { Sampler };
