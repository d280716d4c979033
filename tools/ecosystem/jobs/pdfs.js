'use strict';

/*
 * pdfjs-dist, unpdf and pdf-parse: text out of PDF files written here. Each gives the file's memory
 * away: the reader sits behind a message port of its own, in the same thread.
 */

const { createRandom } = require('../data');

/** Files from 1 KiB to some MiB: pages, and bytes of a picture on each. */
const FILES = [
  ...[
    [1, 0],
    [1, 0],
    [3, 2000],
    [10, 0],
  ].flatMap((file) => [file, file]),
  ...[
    [20, 30_000],
    [40, 0],
    [4, 1_000_000],
    [1, 4_000_000],
  ],
];

const PAGE =
  '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> >>';

/** A file of `pages` pages of text, each with a picture of `noise` bytes, as a Buffer. */
function writePdf(random, pages, noise) {
  const parts = [];
  const offsets = [];
  let length = 0;
  const put = (part) => {
    const bytes = Buffer.from(part);
    parts.push(bytes);
    length += bytes.length;
  };
  const object = (...body) => {
    offsets.push(length);
    put(`${offsets.length} 0 obj\n`);
    body.forEach(put);
    put('\nendobj\n');
  };
  const stream = (entries, bytes) =>
    object(`<< /Length ${bytes.length} ${entries}>>\nstream\n`, bytes, '\nendstream');

  put('%PDF-1.4\n');
  object('<< /Type /Catalog /Pages 2 0 R >>');
  const kids = Array.from({ length: pages }, (_, i) => `${4 + 3 * i} 0 R`).join(' ');
  object(`<< /Type /Pages /Kids [${kids}] /Count ${pages} >>`);
  object('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  for (let i = 0; i < pages; i++) {
    object(`${PAGE} /Contents ${5 + 3 * i} 0 R >>`);
    const line = () => `(${random.words(8).replace(/[^ -~]/g, '')}) Tj 0 -20 Td`;
    stream('', `BT /F1 12 Tf 50 750 Td ${Array.from({ length: 20 }, line).join('\n')} ET`);
    stream('/Kind /Noise ', random.bytes(noise));
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = offsets.length + 1;
  const start = length;
  put(`xref\n0 ${size}\n0000000000 65535 f \n${table}`);
  put(`trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`);
  return Buffer.concat(parts);
}

/** Reads all files with `read`, which gives their text; and tells what it has left of the memory. */
async function readAll({ digest, turn }, read) {
  const random = createRandom(21);
  for (const [pages, noise] of FILES) {
    const file = writePdf(random, pages, noise);
    /* Buffers are refused by name; their bytes are not. */
    const bytes = new Uint8Array(file.buffer, file.byteOffset, file.length);
    digest.update(await read(bytes)).update(`${file.length}`);
    await turn();
  }
}

async function pdfjs(tools) {
  const { getDocument } = await tools.load('pdfjs-dist/legacy/build/pdf.mjs');
  await readAll(tools, async (data) => {
    const task = getDocument({ data, verbosity: 0 });
    const document = await task.promise;
    const texts = [];
    for (let i = 1; i <= document.numPages; i++) {
      const { items } = await (await document.getPage(i)).getTextContent();
      texts.push(...items.map(({ str }) => str));
    }
    tools.digest.update(await document.getData());
    await task.destroy();
    return texts.join('\n');
  });
}

async function unpdf(tools) {
  const { extractText, getDocumentProxy } = await tools.load('unpdf');
  await readAll(tools, async (data) => {
    const document = await getDocumentProxy(data, { verbosity: 0 });
    const { totalPages, text } = await extractText(document, { mergePages: true });
    tools.digest.update(await document.getData());
    await document.destroy();
    return `${totalPages} ${text}`;
  });
}

async function pdfParse(tools) {
  const { PDFParse } = await tools.load('pdf-parse');
  await readAll(tools, async (data) => {
    const parser = new PDFParse({ data, verbosity: 0 });
    const { text, total } = await parser.getText();
    await parser.destroy();
    return `${total} ${text}`;
  });
}

const title = `${FILES.length} files of 1 KiB to 4 MB read`;

module.exports = [
  { package: 'pdfjs-dist', jobs: { [title]: pdfjs } },
  { package: 'unpdf', jobs: { [title]: unpdf } },
  { package: 'pdf-parse', jobs: { [title]: pdfParse } },
];
