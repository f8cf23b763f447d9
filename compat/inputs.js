'use strict';

// What the calls are given: the same texts, tables and bytes on every machine, each above 1 KB.

/** Numbers from 0 to 1 that look random: mulberry32. @param {number} seed */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const WORDS = (
  'loop thread isolate request response latency queue worker memory limit budget stream buffer parser token ' +
  'render template measure deadline retry batch window percentile throughput garbage collector snapshot'
).split(' ');

/** @param {number} seed @param {number} count */
function sentences(seed, count) {
  const random = randomFrom(seed);
  const pick = () => WORDS[Math.floor(random() * WORDS.length)];
  return Array.from({ length: count }, () => {
    const words = Array.from({ length: 6 + Math.floor(random() * 8) }, pick);
    const text = words.join(' ');
    return `${text[0].toUpperCase()}${text.slice(1)}.`;
  });
}

const prose = sentences(1, 40).join(' ');

/** @param {number} count */
function peopleOf(count) {
  const random = randomFrom(7);
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    name: `${WORDS[index % WORDS.length]} ${WORDS[(index * 7 + 3) % WORDS.length]}`,
    email: `user${index}@example.org`,
    age: 18 + Math.floor(random() * 60),
    score: Math.round(random() * 10_000) / 100,
    active: random() > 0.5,
    tags: [WORDS[(index * 3) % WORDS.length], WORDS[(index * 5 + 1) % WORDS.length]],
    address: { city: `City ${index % 9}`, zip: String(10_000 + index * 37) },
  }));
}

const people = peopleOf(60);

const markdown = [
  '# Title *with* emphasis',
  ...sentences(2, 12).map((text, index) =>
    [
      `## Section ${index} with \`code\` & <b>html</b>`,
      text,
      `- one **bold** ${text}\n- two [link](https://example.org/${index} "title")\n  1. nested\n  2. ~~gone~~`,
      '| left | right |\n|:-----|------:|\n| a \\| b | 12 |\n| `c` | 345 |',
      `\`\`\`js\nconst answer${index} = () => ${index} * 2;\n\`\`\``,
      '> quoted\n> text\n\n![image](./a.png)\n\n---',
    ].join('\n\n'),
  ),
].join('\n\n');

const html = `<!DOCTYPE html>
<html lang="en"><head><title>Sample &amp; page</title>
<style>body { margin: 0 } .row > a:hover { color: red }</style>
<script>alert('never')</script></head>
<body class="main">
${people
  .slice(0, 20)
  .map(
    ({ id, name, email, score }) => `  <div class="row" data-id="${id}" onclick="steal()">
    <h2>${name}</h2>  <a href="mailto:${email}">${email}</a> <a href="javascript:alert(1)">bad</a>
    <!-- comment ${id} --><p>Score: <b>${score}</b> &lt; 100 <img src="/i/${id}.png" alt="picture" onerror="x()"></p>
  </div>`,
  )
  .join('\n')}
<ul><li>one<li>two</ul><table><tr><td>1</td><td>2</td></tr></table>
</body></html>`;

const css = `@charset "utf-8";
:root { --space: 8px; --main: #336699; }
@media (min-width: 600px) { .grid { display: grid; grid-template-columns: 1fr 2fr; gap: var(--space); } }
${WORDS.map(
  (word, index) => `.${word}, a.${word}:hover > span::before {
  color: #${String(111111 * (index % 9)).padStart(6, '0')};
  margin: ${index}px ${index}px ${index}px ${index}px; /* all four */
  display: flex; user-select: none; transition: transform 0.${index % 9}s ease-in-out;
  background: url("data:image/png;base64,AAAA") no-repeat;
}`,
).join('\n')}
@keyframes spin { from { transform: rotate(0deg) } to { transform: rotate(360deg) } }
`;

const script = `'use strict';
// A module of ordinary code.
const cache = new Map();
class Point {
  constructor(x, y) { this.x = x; this.y = y; }
  get length() { return Math.sqrt(this.x ** 2 + this.y ** 2); }
  static from({ x = 0, y = 0 } = {}) { return new Point(x, y); }
}
${WORDS.map(
  (word, index) => `function ${word}_${index}(first, second = ${index}, ...rest) {
  const key = \`\${first}:\${second}\`;
  if (cache.has(key)) return cache.get(key);
  let total = 0;
  for (const item of rest) { if (item > ${index} && item !== null) total += item; else total -= 1; }
  const value = { key, total, list: [first, ...rest].map((each) => each + ${index}), re: /a+b[c-f]?/g.test(key) };
  cache.set(key, value);
  return value;
}`,
).join('\n')}
async function all(items) {
  try { for await (const item of items) console.log(item?.name ?? 'none'); }
  catch (error) { throw new Error('failed: ' + error.message); }
  finally { cache.clear(); }
}
module.exports = { Point, all };
`;

/** The same without what came after ECMAScript 2015, for parsers that stop there. */
const plainScript = WORDS.map(
  (word, index) => `function ${word}_${index}(first, second) {
  var total = 0, list = [first, second, ${index}];
  for (var i = 0; i < list.length; i++) { if (list[i] > ${index}) { total += list[i]; } else { total -= 1; } }
  switch (total % 3) { case 0: return { kind: 'zero', value: total }; case 1: break; default: total = -total; }
  try { return list.map(function (each) { return each * ${index} + 1; }); } catch (error) { return error.message; }
}`,
).join('\n');

const typescript = `interface Item<T extends object = {}> { readonly id: number; name?: string; data: T }
enum Level { Low = 1, High = Low << 2 }
abstract class Base<T> { protected constructor(private readonly values: T[]) {} abstract get(index: number): T | undefined }
${WORDS.map(
  (
    word,
    index,
  ) => `export class ${word[0].toUpperCase()}${word.slice(1)}${index} extends Base<Item<{ level: Level }>> {
  get(index: number) { return undefined; }
  total(items: Item<{ level: Level }>[], by = Level.High): number { return items.reduce((sum, { id }) => sum + id * by, ${index}); }
}`,
).join('\n')}
export type Keys = keyof typeof Level; export const first = <T,>(list: T[]): T => list[0]!;
`;

const svg = `<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="200px" height="200px" viewBox="0 0 200 200">
<!-- made by an editor --><metadata>none</metadata><defs><linearGradient id="gradient"><stop offset="0" stop-color="#ff0000"/></linearGradient></defs>
${Array.from(
  { length: 14 },
  (_, index) =>
    `<g transform="translate(${index}.0000, 0.000)"><rect x="${index}" y="0" width="10" height="10" fill="#ff0000" style="stroke:#000000"/>` +
    `<path d="M ${index} 10.50000 L 20.00000 ${index} L 30 30 z" fill="url(#gradient)"/></g>`,
).join('\n')}
</svg>`;

const csv = [
  'id,name,note,score',
  ...people.map(({ id, name, score }) => `${id},"${name}","said ""${id}"", twice",${score}`),
].join('\n');

const xml = `<?xml version="1.0"?>
<catalog version="1.0">
${people
  .slice(0, 25)
  .map(
    ({ id, name, score, tags }) =>
      `<item id="${id}" active="true"><name>${name}</name><score>${score}</score><!-- c --><text><![CDATA[<raw & ${id}>]]></text>` +
      `${tags.map((tag) => `<tag>${tag}</tag>`).join('')}</item>`,
  )
  .join('\n')}
</catalog>`;

const yaml = `defaults: &defaults
  retries: 3
  timeout: 1.5e3
${people
  .slice(0, 25)
  .map(
    ({ id, name, tags }) =>
      `user_${id}:\n  <<: *defaults\n  name: "${name}"\n  tags: [${tags.join(', ')}]\n  note: |\n    line one\n    line two ${id}\n  born: 2001-02-0${1 + (id % 9)}`,
  )
  .join('\n')}
`;

const toml = `title = "Sample"
[owner]
name = "Someone"
born = 1979-05-27T07:32:00Z
${people
  .slice(0, 20)
  .map(
    ({ id, name, score }) =>
      `[[users]]\nid = ${id}\nname = "${name}"\nscore = ${score}\nports = [ 8001, 8002, ${8000 + id} ]\n[users.limits]\nmemory = 128\nstrict = true`,
  )
  .join('\n')}
`;

const ini = people
  .slice(0, 25)
  .map(
    ({ id, name, email }) =>
      `; user ${id}\n[user.${id}]\nname = "${name}"\nemail = ${email}\nlist[] = one\nlist[] = two\nactive = true\n`,
  )
  .join('\n');

/** Pixels of a picture with some structure. @param {number} width @param {number} height */
function pixelsOf(width, height) {
  const random = randomFrom(11);
  const pixels = new Uint8Array(width * height * 4);
  for (let index = 0; index < width * height; index += 1) {
    pixels[index * 4] = (index % width) * 3;
    pixels[index * 4 + 1] = Math.floor(index / width) * 5;
    pixels[index * 4 + 2] = Math.floor(random() * 32);
    pixels[index * 4 + 3] = 255;
  }
  return pixels;
}

const bytes = Uint8Array.from({ length: 4096 }, (_, index) => (index * index + (index >> 3)) & 255);

const random = randomFrom(3);
const numbers = Array.from({ length: 500 }, () => Math.round(random() * 1e6) / 1e3);

module.exports = {
  sentences,
  prose,
  people,
  markdown,
  html,
  css,
  script,
  plainScript,
  typescript,
  svg,
  csv,
  xml,
  yaml,
  toml,
  ini,
  pixelsOf,
  bytes,
  numbers,
};
