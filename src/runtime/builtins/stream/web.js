const { unavailableModule } = require('../internal/unavailable');

module.exports = unavailableModule(
  'stream/web',
  `
  ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy DecompressionStream
  ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
  ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader
  ReadableStreamTee TextDecoderStream TextEncoderStream TransformStream
  TransformStreamDefaultController WritableStream WritableStreamDefaultController
  WritableStreamDefaultWriter
  `,
  'Read and write such streams in the main process, and run a task for each chunk.',
);
