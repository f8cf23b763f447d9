'use strict';

const { bytes, csv, ini, people, prose, toml, xml, yaml } = require('../inputs.js');

// Readers and writers of text and binary formats.

exports.papaparse = {
  args: [csv],
  call: (text) => {
    const Papa = require('papaparse');
    const parsed = Papa.parse(text, { header: true, dynamicTyping: true });
    return { parsed, again: Papa.unparse(parsed.data, { delimiter: ';' }) };
  },
};

exports['csv-parse'] = {
  args: [csv],
  call: async (text) => {
    const { parse } = require('csv-parse');
    const { parse: parseSync } = require('csv-parse/sync');
    const rows = [];
    for await (const row of parse(text, { columns: true, cast: true })) rows.push(row);
    return { rows, sync: parseSync(text, { from_line: 2 }) };
  },
};

exports.xml2js = {
  args: [xml],
  call: async (text) => {
    const { parseStringPromise, Builder } = require('xml2js');
    const parsed = await parseStringPromise(text, { explicitArray: false, mergeAttrs: true });
    return { parsed: JSON.parse(JSON.stringify(parsed)), built: new Builder().buildObject(parsed) };
  },
};

exports['fast-xml-parser'] = {
  args: [xml],
  call: (text) => {
    const { XMLParser, XMLBuilder, XMLValidator } = require('fast-xml-parser');
    const parsed = new XMLParser({ ignoreAttributes: false, cdataPropName: 'raw' }).parse(text);
    const built = new XMLBuilder({ ignoreAttributes: false, format: true }).build(parsed);
    return {
      parsed,
      built,
      valid: XMLValidator.validate(text),
      bad: XMLValidator.validate('<a><b></a>'),
    };
  },
};

exports['js-yaml'] = {
  args: [yaml],
  call: (text) => {
    const { load, dump } = require('js-yaml');
    const loaded = load(text);
    return { loaded, dumped: dump(loaded, { indent: 4, sortKeys: true }) };
  },
};

exports.ini = {
  args: [ini],
  call: (text) => {
    const { parse, stringify } = require('ini');
    const parsed = parse(text);
    return {
      parsed: JSON.parse(JSON.stringify(parsed)),
      written: stringify(parsed, { whitespace: true }),
    };
  },
};

exports.toml = {
  args: [toml],
  call: (text) => {
    const { parse } = require('toml');
    return JSON.parse(JSON.stringify(parse(text)));
  },
};

exports.json5 = {
  args: [people],
  call: (list) => {
    const JSON5 = require('json5');
    const text = JSON5.stringify({ list, odd: [Infinity, -0, NaN] }, null, 2);
    return { text, parsed: JSON5.parse(`// comment\n${text}`) };
  },
};

exports.protobufjs = {
  args: [people],
  call: (list) => {
    const protobuf = require('protobufjs');
    const { root } = protobuf.parse(
      'syntax = "proto3"; package sample; message Address { string city = 1; string zip = 2; } ' +
        'message Person { int32 id = 1; string name = 2; string email = 3; double score = 4; bool active = 5; ' +
        'repeated string tags = 6; Address address = 7; uint64 big = 8; } message People { repeated Person list = 1; }',
    );
    const People = root.lookupType('sample.People');
    const message = People.fromObject({
      list: list.map((each) => ({ ...each, big: '9007199254740993' })),
    });
    const encoded = People.encode(message).finish();
    const decoded = People.toObject(People.decode(encoded), { longs: String, defaults: true });
    return { encoded: Uint8Array.from(encoded), decoded: JSON.parse(JSON.stringify(decoded)) };
  },
};

exports.msgpack5 = {
  args: [people],
  call: (list) => {
    const msgpack = require('msgpack5')();
    const encoded = msgpack.encode({ list, when: new Date(1e12) });
    return { encoded: Uint8Array.from(encoded.slice()), decoded: msgpack.decode(encoded) };
  },
};

exports['@msgpack/msgpack'] = {
  args: [people, bytes],
  call: (list, binary) => {
    const { encode, decode } = require('@msgpack/msgpack');
    const encoded = encode({ list, binary, big: 2 ** 40, when: new Date(1e12) });
    const { binary: read, ...decoded } = decode(encoded);
    return { encoded: encoded.slice(), decoded, read: read.slice() };
  },
};

exports.cbor = {
  args: [people, bytes],
  call: async (list, binary) => {
    const cbor = require('cbor');
    const encoded = cbor.encode({
      list,
      when: new Date(1e12),
      big: 2n ** 70n,
      map: new Map([[1, 'a']]),
    });
    return {
      encoded: Uint8Array.from(encoded),
      canonical: Uint8Array.from(cbor.encodeCanonical({ binary: Array.from(binary), list })),
      decoded: await cbor.decodeFirst(encoded),
      shown: await cbor.diagnose(encoded),
    };
  },
};

exports['iconv-lite'] = {
  args: [prose],
  call: (text) => {
    const iconv = require('iconv-lite');
    const mixed = `${text} Äpfel, Čeština, 日本語, Привет`;
    return ['win1252', 'iso-8859-2', 'shift_jis', 'gb18030', 'utf16be', 'utf7', 'koi8-r'].map(
      (name) => {
        const encoded = iconv.encode(mixed, name);
        return [name, Uint8Array.from(encoded), iconv.decode(encoded, name)];
      },
    );
  },
};

exports['mime-types'] = {
  args: [
    Array.from(
      { length: 200 },
      (_, index) =>
        `file-${index}.${['html', 'png', 'tar.gz', 'wasm', 'none', 'md', 'json'][index % 7]}`,
    ),
  ],
  call: (names) => {
    const mime = require('mime-types');
    return names.map((name) => {
      const type = mime.lookup(name);
      return [type, type && mime.contentType(type), type && mime.extension(type)];
    });
  },
};

exports.xlsx = {
  args: [people],
  call: (list) => {
    const XLSX = require('xlsx');
    const rows = list.map(({ id, name, age, score, active }) => ({ id, name, age, score, active }));
    const book = XLSX.utils.book_new();
    XLSX.utils.book_append_sheet(book, XLSX.utils.json_to_sheet(rows), 'People');
    const file = XLSX.write(book, { type: 'array', bookType: 'xlsx', compression: false });
    const read = XLSX.read(file, { type: 'array' });
    return {
      rows: XLSX.utils.sheet_to_json(read.Sheets.People),
      csv: XLSX.utils.sheet_to_csv(read.Sheets.People),
      html: XLSX.utils.sheet_to_html(read.Sheets.People),
    };
  },
};
