// @ts-check
'use strict';

// Names that Node itself puts on globalThis, in Node 20 to 26, beyond ECMAScript's own. A task has
// not all of them: what it lacks is reported when it is used, with a message that names it. Any
// other name found on globalThis was put there by the program, and does not travel.
const NODE_GLOBALS = new Set(
  `
  global process Buffer setImmediate clearImmediate setTimeout clearTimeout setInterval clearInterval
  queueMicrotask structuredClone atob btoa console performance navigator crypto fetch
  URL URLSearchParams URLPattern DOMException QuotaExceededError AbortController AbortSignal
  Event EventTarget CustomEvent MessageEvent CloseEvent ErrorEvent EventSource
  TextEncoder TextDecoder TextEncoderStream TextDecoderStream CompressionStream DecompressionStream
  ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader ReadableStreamBYOBRequest
  ReadableByteStreamController ReadableStreamDefaultController
  WritableStream WritableStreamDefaultController WritableStreamDefaultWriter
  TransformStream TransformStreamDefaultController ByteLengthQueuingStrategy CountQueuingStrategy
  BroadcastChannel MessageChannel MessagePort Blob File FormData Headers Request Response
  WebSocket WebSocketStream WebSocketError Navigator Crypto CryptoKey SubtleCrypto
  Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver
  PerformanceObserverEntryList PerformanceResourceTiming Storage localStorage sessionStorage
  require module exports __filename __dirname gc
  `
    .trim()
    .split(/\s+/),
);

exports.NODE_GLOBALS = NODE_GLOBALS;
