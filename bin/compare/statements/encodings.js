'use strict';

/* Statements about encodings: text to bytes and back, in every one that the host knows. */

const texts = {
  utf8: 'héllo € 😀',
  utf16le: 'héllo € 😀',
  latin1: 'héllo ÿ',
  ascii: 'hello ~',
  base64: 'aGVsbG8+Pz8/',
  base64url: 'aGVsbG8-Pz8_',
  hex: '00ff7f80c0de',
};

const bothWays = Object.entries(texts).map(([encoding, text]) => ({
  says: `${encoding}, both ways`,
  run({ Buffer }) {
    const bytes = Buffer.from(text, encoding);
    return {
      bytes: [...bytes],
      back: bytes.toString(encoding),
      same: bytes.toString(encoding) === text,
    };
  },
  show: ({ bytes, same }) => `${bytes.length} bytes, ${same ? 'and back' : 'NOT back'}`,
}));

/** Other names of encodings, and how many of them mean what the plain name means. */
const aliases = {
  utf8: ['utf-8', 'UTF-8', 'Utf8'],
  utf16le: ['utf-16le', 'ucs2', 'ucs-2', 'UCS2', 'UTF16LE'],
  latin1: ['binary', 'LATIN1', 'Binary'],
  ascii: ['ASCII'],
  base64: ['BASE64'],
  base64url: ['BASE64URL'],
  hex: ['HEX'],
};

const odd = {
  "from('abc1x2', 'hex'), a wrong digit": ['abc1x2', 'hex'],
  "from('abc', 'hex'), a digit missing": ['abc', 'hex'],
  "from('YWI', 'base64'), no padding": ['YWI', 'base64'],
  "from('Y W\\nI=', 'base64'), spaces": ['Y W\nI=', 'base64'],
  "from('-_+/', 'base64url')": ['-_+/', 'base64url'],
  "from('€', 'latin1'), cut to a byte": ['€', 'latin1'],
  "from('\\ud800'), half a pair": ['\ud800', 'utf8'],
};

module.exports = {
  title: 'Encodings',
  statements: [
    ...bothWays,
    {
      says: 'other names of encodings',
      run: ({ Buffer }) =>
        Object.entries(aliases).flatMap(([encoding, names]) =>
          names.map((name) => [
            name,
            Buffer.from(texts[encoding], name).equals(Buffer.from(texts[encoding], encoding)),
            Buffer.isEncoding(name),
          ]),
        ),
      show: (rows) =>
        `${rows.filter(([, equal, known]) => equal && known).length} of ${rows.length} agree`,
    },
    ...Object.entries(odd).map(([says, [text, encoding]]) => ({
      says,
      run: ({ Buffer }) => Buffer.from(text, encoding),
    })),
    { says: "byteLength('héllo €')", run: ({ Buffer }) => Buffer.byteLength('héllo €') },
  ],
};
