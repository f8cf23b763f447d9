const { Buffer } = require('buffer');
const { TextDecoder } = globalThis;

const isBytes = (chunk) => ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer;

async function buffer(stream) {
  const chunks = [];
  for await (const chunk of stream) {
    chunks.push(chunk instanceof Uint8Array ? chunk : Buffer.from(chunk.buffer ?? chunk));
  }
  return Buffer.concat(chunks);
}

async function arrayBuffer(stream) {
  const { buffer: bytes, byteOffset, byteLength } = await buffer(stream);
  return bytes.slice(byteOffset, byteOffset + byteLength);
}

async function text(stream) {
  const decoder = new TextDecoder();
  let result = '';
  for await (const chunk of stream) {
    result += isBytes(chunk) ? decoder.decode(chunk, { stream: true }) : chunk;
  }
  return result + decoder.decode();
}

module.exports = {
  arrayBuffer,
  buffer,
  bytes: async (stream) => new Uint8Array(await arrayBuffer(stream)),
  json: async (stream) => JSON.parse(await text(stream)),
  text,
};
