#!/usr/bin/env node
'use strict';

/*
 * Makes docs/api.md, the API reference, of the comments in the types, lib/*.d.ts.
 *
 *   node tools/api.js, or npm run docs
 *
 * The page has functions and constants in the order of the files, each followed by the types that stand
 * before it there; types that nothing follows stand by themselves. What a type has is a list and no table,
 * so that it reads in a terminal too. The comment that opens a file is the introduction. Links are written
 * as they lead from lib/: `../docs/guide.md`.
 *
 * TypeScript's own parser reads the types. Its interface is not a stable one: package.json names the
 * version. test/docs.test.js compares the page with what makePage gives.
 */

const fs = require('node:fs');
const path = require('node:path');
const prettier = require('prettier');

const ROOT = path.join(__dirname, '..');
const PAGE = path.join(ROOT, 'docs', 'api.md');
/** What the page is made of: each file, its heading, and the level of the headings in it. */
const PARTS = [
  { file: 'index.d.ts', heading: '# API', level: '##' },
  { file: 'register.d.ts', heading: '## `bufalloc/register`', level: '###' },
  { file: 'inspect.d.ts', heading: '## `bufalloc/inspect`', level: '###' },
];

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
const atPage = (text) => text.replaceAll('](../docs/', '](');
const paragraphs = (...texts) => texts.flat().filter(Boolean).join('\n\n');
const code = (text) => `\`${text}\``;
const fenced = (text) => `\`\`\`ts\n${text.replace(/^export /, '')}\n\`\`\``;
/** A list's item, with the list below it. */
const item = (text, list = []) => [`- ${text}`, ...list].join('\n').replace(/\n(?=.)/g, '\n  ');

/** `acquire(size[, options])` */
function signatureOf(name, parameters) {
  const texts = parameters.map((parameter, i) => {
    const text = (i > 0 ? ', ' : '') + parameter.name.text;
    return parameter.questionToken ? `[${text}` : text;
  });
  const ends = ']'.repeat(texts.filter((text) => text.startsWith('[')).length);
  return `${name}(${texts.join('')}${ends})`;
}

/**
 * What makes one file's part of the page.
 *
 * @param {object} source the file, parsed
 * @param {object} kinds TypeScript's numbers of the kinds of nodes, by name
 * @param {string} level of the headings
 */
function createWriter(source, kinds, level) {
  const is = (node, ...names) => names.some((name) => node?.kind === kinds[name]);
  const isType = (node) => is(node, 'InterfaceDeclaration', 'TypeAliasDeclaration');
  const sourceOf = (node) => node.getText(source);
  const nameOf = ({ name }) => name.text ?? sourceOf(name);

  const declared = source.statements
    .map((statement) => statement.declarationList?.declarations[0] ?? statement)
    .filter(({ name }) => name !== undefined);
  const types = new Map();
  /** Each value's declarations: a function may have several. */
  const values = new Map();
  for (const node of declared) {
    if (isType(node)) types.set(nameOf(node), node);
    else values.set(nameOf(node), [...(values.get(nameOf(node)) ?? []), node]);
  }

  function titleOf(name) {
    const parameters = values.get(name)?.[0].parameters;
    return parameters ? signatureOf(name, parameters) : name;
  }
  const linkTo = (name, text) => `[${text}](#${anchorOf(titleOf(name))})`;

  /* --- comments ------------------------------------------------------------------------------------ */

  function textOf(comment = []) {
    const texts = Array.from(comment, (part) => {
      if (typeof part === 'string') return part;
      if (is(part, 'JSDocText')) return part.text;
      const name = sourceOf(part.name);
      return linkTo(name.split('.')[0], code(name));
    });
    return atPage(texts.join(''));
  }

  /** What the comment of a node says, and what its tags do: `of` is a parameter's name. */
  function docOf(node) {
    const { comment, tags = [] } = (node.jsDoc ?? node.parent.parent.jsDoc)?.at(-1) ?? {};
    const all = (tag) => tags.filter(({ tagName }) => tagName.text === tag);
    const texts = (tag) =>
      all(tag).map(({ typeExpression, comment }) =>
        [typeExpression && sourceOf(typeExpression), textOf(comment)].filter(Boolean).join(' '),
      );
    const parameters = all('param').map(({ name, comment }) => [name.text, textOf(comment)]);
    return { text: textOf(comment), texts, parameters: new Map(parameters) };
  }

  /* --- types --------------------------------------------------------------------------------------- */

  const isNamed = (type) => is(type, 'TypeReference') && !type.typeArguments;
  const isOptions = (name) => name.endsWith('Options') && types.has(name);

  /** The members that are listed where a type is used: if they have comments, or are a function's options. */
  function membersOf(type, isParameter) {
    if (is(type, 'TypeLiteral')) return type.members.some(({ jsDoc }) => jsDoc) ? type.members : [];
    if (is(type, 'ArrayType')) return membersOf(type.elementType);
    if (is(type, 'UnionType', 'IntersectionType')) {
      return type.types.flatMap((one) => membersOf(one, isParameter));
    }
    const isListed = isParameter && isNamed(type) && isOptions(sourceOf(type));
    return isListed ? types.get(sourceOf(type)).members : [];
  }

  function typeText(type, isOptional) {
    if (is(type, 'UnionType')) {
      const kept = type.types.filter((one) => !(isOptional && is(one, 'UndefinedKeyword')));
      return kept.map((one) => typeText(one)).join(' | ');
    }
    if (is(type, 'ArrayType')) return `${typeText(type.elementType)}[]`;
    if (membersOf(type, isOptional).length > 0) return 'object';
    const text = sourceOf(type).replace('Buffer<ArrayBuffer>', 'Buffer');
    if (isNamed(type) && types.has(text)) return linkTo(text, text);
    return /^[\w']+$/.test(text) ? text : code(text.replace(/\s+/g, ' '));
  }

  /* --- lists --------------------------------------------------------------------------------------- */

  /** What a function takes, returns and throws. Of a parameter that is options these, where they are first. */
  function callList({ parameters, type }, doc) {
    const taken = parameters.flatMap(({ name, type, questionToken }) => {
      const text = doc.parameters.get(name.text) ?? '';
      const members = questionToken || text ? membersOf(type, true) : [];
      if (!text && members.length === 0) return [];
      const shown = typeText(type, members.length > 0 || questionToken);
      return [item(`${code(name.text)} {${shown}} ${text}`, members.map(memberItem))];
    });
    const [returned = ''] = doc.texts('returns');
    if (!is(type, 'VoidKeyword')) taken.push(item(`Returns: {${typeText(type)}} ${returned}`));
    return [...taken, ...doc.texts('throws').map((text) => item(`Throws: ${text}`))];
  }

  function memberItem(member) {
    const doc = docOf(member);
    const call = is(member, 'MethodSignature') ? member : member.type;
    if (call.parameters) {
      const name = code(signatureOf(nameOf(member), call.parameters));
      return item(`${name} ${doc.text}`, callList(call, doc));
    }
    const text = `{${typeText(call, member.postfixToken)}} ${doc.text}`;
    return item(`${code(nameOf(member))} ${text}`, membersOf(call).map(memberItem));
  }

  /** The members of a type. Those that are other functions and say no more stand together. */
  function memberList({ members }) {
    const isOther = ({ jsDoc, type }) => !jsDoc && is(type, 'TypeQuery', 'IndexedAccessType');
    const others = members.filter(isOther).map((member) => code(nameOf(member)));
    const rest = members.filter((member) => !isOther(member)).map(memberItem);
    return others.length > 0 ? [item(others.join(', ')), ...rest] : rest;
  }

  /* --- sections ------------------------------------------------------------------------------------ */

  const rest = ({ texts }) => [...texts('remarks'), ...texts('example')];

  function typeSection(node, level) {
    const doc = docOf(node);
    const parents = (node.heritageClauses ?? []).flatMap((clause) => clause.types.map(sourceOf));
    const known = parents.filter((name) => types.has(name)).map((name) => linkTo(name, code(name)));
    return paragraphs(
      `${level} ${code(nameOf(node))}`,
      doc.text,
      known.length > 0 && `All of ${known.join(' and ')}, and:`,
      node.members ? memberList(node).join('\n') : fenced(sourceOf(node)),
      rest(doc),
    );
  }

  function valueSection(node, i) {
    const doc = docOf(node);
    const [deprecated] = doc.texts('deprecated');
    return paragraphs(
      i === 0 ? `${level} ${code(titleOf(nameOf(node)))}` : fenced(sourceOf(node)),
      deprecated && `Deprecated. ${deprecated}`,
      node.parameters ? doc.text : `{${typeText(node.type)}} ${doc.text}`,
      node.parameters && callList(node, doc).join('\n'),
      rest(doc),
    );
  }

  /** All sections, in the order of the page. */
  function sections() {
    const written = [];
    let waiting = [];
    for (const node of declared) {
      const name = nameOf(node);
      if (isType(node)) {
        if (!isOptions(name) && !values.has(name)) waiting.push(node);
      } else if (node === values.get(name).at(-1)) {
        written.push(...values.get(name).map(valueSection));
        written.push(...waiting.map((type) => typeSection(type, `${level}#`)));
        waiting = [];
      }
    }
    return [...written, ...waiting.map((type) => typeSection(type, level))];
  }

  /** The comment that opens the file, and links to what is in it. */
  function introduction() {
    const [, text] = /^\/\*\n([^]*?)\n \*\//.exec(source.text);
    const names = [...values.keys()].map((name) => linkTo(name, code(name)));
    return paragraphs(atPage(text.replace(/^ \* ?/gm, '')), `${names.join(', ')}.`);
  }

  return { introduction, sections };
}

/** @returns {Promise<string>} the page */
async function makePage() {
  const { API } = await import('typescript/unstable/sync');
  const { SyntaxKind } = await import('typescript/unstable/ast');
  const api = new API({ cwd: ROOT });
  try {
    const openFiles = PARTS.map(({ file }) => path.join(ROOT, 'lib', file));
    const snapshot = api.updateSnapshot({ openFiles });
    const parts = PARTS.map(({ heading, level }, i) => {
      const { program } = snapshot.getDefaultProjectForFile(openFiles[i]);
      const writer = createWriter(program.getSourceFile(openFiles[i]), SyntaxKind, level);
      return paragraphs(heading, writer.introduction(), writer.sections());
    });
    const config = await prettier.resolveConfig(PAGE);
    return await prettier.format(paragraphs(parts), {
      ...config,
      filepath: PAGE,
      proseWrap: 'always',
    });
  } finally {
    api.close();
  }
}

if (require.main === module) makePage().then((page) => fs.writeFileSync(PAGE, page));

module.exports = { PAGE, makePage };
