'use strict';

/* protobufjs: encodes and decodes messages with nested ones, packed numbers and bytes. */

const { createRandom } = require('../data');

const SCHEMA = `
  syntax = "proto3";
  message Point { double x = 1; double y = 2; sint64 at = 3; }
  message Track {
    uint32 id = 1;
    string name = 2;
    repeated Point points = 3;
    repeated uint32 counts = 4;
    bytes picture = 5;
    map<string, string> labels = 6;
  }`;

function makeTrack(random, id) {
  const point = () => ({ x: random.next() / 7, y: random.next() / 9, at: random.next() });
  return {
    id,
    name: random.words(4),
    points: Array.from({ length: 8 }, point),
    counts: Array.from({ length: 16 }, () => random.between(0, 1e6)),
    picture: random.bytes(random.between(100, 4000)),
    labels: { kind: random.words(1), place: random.words(2) },
  };
}

async function codec({ load, digest, turn }) {
  const Track = (await load('protobufjs')).default.parse(SCHEMA).root.lookupType('Track');
  const random = createRandom(5);
  const tracks = Array.from({ length: 1000 }, (_, i) => makeTrack(random, i));
  for (let round = 0; round < 30; round++) {
    for (const track of tracks) {
      if (track.id % 100 === 0) await turn();
      const encoded = Track.encode(track).finish();
      const decoded = Track.decode(encoded);
      if (round % 10 !== 0) continue;
      digest.update(encoded).update(decoded.picture).update(decoded.labels.place);
    }
  }
}

module.exports = { package: 'protobufjs', jobs: { '30,000 messages': codec } };
