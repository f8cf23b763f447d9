'use strict';

const { bytes, markdown, people, pixelsOf, prose } = require('../inputs.js');

// Pictures, documents, compression, hashes and ids.

const WIDTH = 64;
const HEIGHT = 48;
const pixels = pixelsOf(WIDTH, HEIGHT);

exports.pngjs = {
  args: [pixels, WIDTH, HEIGHT],
  call: (data, width, height) => {
    const { PNG } = require('pngjs');
    const png = new PNG({ width, height });
    png.data.set(data);
    const file = PNG.sync.write(png, { colorType: 6 });
    const read = PNG.sync.read(file);
    return { width: read.width, height: read.height, data: Uint8Array.from(read.data) };
  },
};

exports['jpeg-js'] = {
  args: [pixels, WIDTH, HEIGHT],
  call: (data, width, height) => {
    const jpeg = require('jpeg-js');
    const file = jpeg.encode({ data, width, height }, 80).data;
    const read = jpeg.decode(file, { useTArray: true });
    return { file: Uint8Array.from(file), width: read.width, data: Uint8Array.from(read.data) };
  },
};

exports.jimp = {
  args: [pixels, WIDTH, HEIGHT],
  call: async (data, width, height) => {
    const { Jimp } = require('jimp');
    const image = Jimp.fromBitmap({ data: Buffer.from(data), width, height });
    image.resize({ w: 32, h: 24 }).greyscale().blur(1).rotate(30);
    const file = await image.getBuffer('image/png');
    const read = await Jimp.read(file);
    return {
      hash: image.hash(),
      pixels: Uint8Array.from(read.bitmap.data),
    };
  },
};

exports.qrcode = {
  with: ['pngjs'],
  args: [prose.slice(0, 1200)],
  call: async (text) => {
    const QRCode = require('qrcode');
    const { PNG } = require('pngjs');
    const [, png] = (await QRCode.toDataURL(text, { scale: 2 })).split(',');
    return {
      svg: await QRCode.toString(text, { type: 'svg' }),
      terminal: await QRCode.toString(text.slice(0, 40), { type: 'terminal' }),
      pixels: Uint8Array.from(PNG.sync.read(Buffer.from(png, 'base64')).data),
      modules: Uint8Array.from(QRCode.create(text, { errorCorrectionLevel: 'M' }).modules.data),
    };
  },
};

exports['pdf-lib'] = {
  args: [prose],
  call: async (text) => {
    const { PDFDocument, StandardFonts, rgb } = require('pdf-lib');
    const document = await PDFDocument.create({ updateMetadata: false });
    const font = await document.embedFont(StandardFonts.Helvetica);
    const page = document.addPage([400, 600]);
    text
      .split('. ')
      .forEach((line, index) =>
        page.drawText(line, { x: 20, y: 580 - index * 13, size: 9, font, color: rgb(0, 0.2, 0.7) }),
      );
    const file = await document.save();
    const read = await PDFDocument.load(file, { updateMetadata: false });
    return {
      file,
      pages: read.getPages().map((each) => each.getSize()),
      width: font.widthOfTextAtSize(text, 9),
    };
  },
};

exports.pdfkit = {
  args: [prose],
  call: async (text) => {
    const PDFDocument = require('pdfkit');
    const { inflateSync } = require('zlib');
    const make = async (compress) => {
      const info = { CreationDate: new Date(1e12) };
      const document = new PDFDocument({ size: 'A5', info, compress });
      const chunks = [];
      document.on('data', (chunk) => chunks.push(chunk));
      const ended = new Promise((resolve, reject) => {
        document.on('end', resolve).on('error', reject);
      });
      document.fontSize(14).text('Title', { align: 'center' }).moveDown().fontSize(9).text(text);
      document.circle(100, 400, 30).fill('#336699');
      document.end();
      await ended;
      return Buffer.concat(chunks);
    };
    // How well it was packed is not compared, what was packed is.
    const packed = await make(true);
    const streams = packed
      .toString('latin1')
      .matchAll(/\/Length (\d+)\n.*FlateDecode\n>>\nstream\n/g);
    const unpacked = Array.from(streams, ({ 0: head, 1: length, index }) => {
      const start = index + head.length;
      return inflateSync(packed.subarray(start, start + Number(length))).toString('latin1');
    });
    return { file: Uint8Array.from(await make(false)), unpacked };
  },
};

exports.pako = {
  args: [bytes, markdown],
  call: (binary, text) => {
    const pako = require('pako');
    const packed = pako.gzip(text, { level: 9 });
    const deflated = pako.deflateRaw(binary);
    return {
      packed,
      deflated,
      text: new TextDecoder().decode(pako.ungzip(packed)),
      binary: pako.inflateRaw(deflated),
    };
  },
};

exports.fflate = {
  args: [bytes, markdown],
  call: (binary, text) => {
    const { gzipSync, gunzipSync, zipSync, unzipSync, strToU8, strFromU8 } = require('fflate');
    const packed = gzipSync(strToU8(text), { level: 9, mtime: 0 });
    const archive = zipSync(
      { 'a/text.md': strToU8(text), 'b.bin': [binary, { level: 0 }] },
      { mtime: '1990-01-01' },
    );
    return {
      packed,
      archive,
      text: strFromU8(gunzipSync(packed)),
      names: Object.keys(unzipSync(archive)),
    };
  },
};

exports.jszip = {
  args: [bytes, markdown],
  call: async (binary, text) => {
    const JSZip = require('jszip');
    const zip = new JSZip();
    const date = new Date(Date.UTC(2000, 0, 1));
    zip
      .file('text.md', text, { date })
      .file('folder/data.bin', binary, { date, createFolders: false });
    const archive = await zip.generateAsync({
      type: 'uint8array',
      compression: 'DEFLATE',
      platform: 'DOS',
    });
    const read = await JSZip.loadAsync(archive);
    return {
      archive,
      names: Object.keys(read.files),
      text: await read.file('text.md').async('string'),
      binary: await read.file('folder/data.bin').async('uint8array'),
    };
  },
};

exports.bcryptjs = {
  short: 'it takes 72 bytes at most',
  args: [people.slice(0, 4).map(({ email }) => email)],
  call: async (passwords) => {
    const bcrypt = require('bcryptjs');
    const salt = '$2b$05$abcdefghijklmnopqrstuu';
    const hashes = passwords.map((password) => bcrypt.hashSync(password, salt));
    return {
      hashes,
      same: await bcrypt.compare(passwords[0], hashes[0]),
      not: bcrypt.compareSync('x', hashes[0]),
    };
  },
};

exports['crypto-js'] = {
  args: [prose],
  call: (text) => {
    const CryptoJS = require('crypto-js');
    const key = CryptoJS.PBKDF2('secret', CryptoJS.enc.Hex.parse('00ff11ee'), {
      keySize: 8,
      iterations: 50,
    });
    const iv = CryptoJS.enc.Hex.parse('000102030405060708090a0b0c0d0e0f');
    const encrypted = CryptoJS.AES.encrypt(text, key, { iv }).toString();
    return {
      encrypted,
      decrypted: CryptoJS.AES.decrypt(encrypted, key, { iv }).toString(CryptoJS.enc.Utf8),
      hashes: ['MD5', 'SHA1', 'SHA256', 'SHA512', 'SHA3', 'RIPEMD160'].map((name) =>
        CryptoJS[name](text).toString(),
      ),
      hmac: CryptoJS.HmacSHA256(text, 'key').toString(CryptoJS.enc.Base64),
    };
  },
};

exports.uuid = {
  args: [people.map(({ email }) => email)],
  call: async (names) => {
    const { v4, v5, v3, v7, validate, version, parse, stringify } = await import('uuid');
    const random = new Uint8Array(16).fill(77);
    return {
      named: names.map((name) => [v5(name, v5.URL), v3(name, v3.DNS)]),
      random: v4({ random }),
      ordered: v7({ msecs: 1e12, seq: 1, random }),
      fresh: [v4(), v7()].map((id) => [validate(id), version(id), stringify(parse(id)) === id]),
    };
  },
};

exports.nanoid = {
  args: [bytes],
  call: async (entropy) => {
    const { nanoid, customRandom, customAlphabet, urlAlphabet } = await import('nanoid');
    let at = 0;
    const seeded = customRandom(urlAlphabet, 21, (size) => {
      at += size;
      return entropy.subarray(at - size, at);
    });
    return {
      seeded: Array.from({ length: 40 }, () => seeded()),
      fresh: [nanoid().length, /^[01]{64}$/.test(customAlphabet('01', 64)())],
    };
  },
};

exports['@noble/hashes'] = {
  args: [prose, bytes],
  call: async (text, binary) => {
    const [
      { sha256, sha512 },
      { sha3_256: sha3 },
      { blake3 },
      { hmac },
      { scrypt },
      { bytesToHex, utf8ToBytes },
    ] = await Promise.all([
      import('@noble/hashes/sha2.js'),
      import('@noble/hashes/sha3.js'),
      import('@noble/hashes/blake3.js'),
      import('@noble/hashes/hmac.js'),
      import('@noble/hashes/scrypt.js'),
      import('@noble/hashes/utils.js'),
    ]);
    return [
      ...[sha256, sha512, sha3, blake3].map((hash) => bytesToHex(hash(utf8ToBytes(text)))),
      bytesToHex(hmac(sha256, binary.subarray(0, 32), binary)),
      bytesToHex(scrypt('password', 'salt', { N: 256, r: 8, p: 1, dkLen: 32 })),
    ];
  },
};

exports['node-forge'] = {
  args: [prose],
  call: (text) => {
    const forge = require('node-forge');
    const cipher = forge.cipher.createCipher('AES-GCM', '0123456789abcdef');
    cipher.start({ iv: 'fedcba987654' });
    cipher.update(forge.util.createBuffer(text));
    cipher.finish();
    const digest = forge.md.sha256.create().update(text).digest().toHex();
    return {
      digest,
      cipher: cipher.output.toHex(),
      tag: cipher.mode.tag.toHex(),
      key: forge.util.bytesToHex(forge.pkcs5.pbkdf2('secret', 'salt', 100, 32)),
      names: forge.pki.oids.sha256,
      encoded: forge.asn1
        .toDer(forge.asn1.create(0, 16, true, [forge.asn1.create(0, 2, false, '\x05')]))
        .toHex(),
    };
  },
};
