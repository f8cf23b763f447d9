/*
 * TextEncoder, TextDecoder, atob, btoa. Encoding is V8's own; decoding and base64 are Rust's
 * (src/runtime/ops.rs).
 */
function makeEncoding(native, intrinsics, errors, fail) {
  // src/runtime/ops.rs has the same numbers; a test there compares them.
  const DECODE = 1;
  const DECODE_STATE = 2;
  const ENCODING_FOR_LABEL = 3;
  const BTOA = 4;
  const ATOB = 5;
  const FATAL = 1;
  const IGNORE_BOM = 2;
  const STREAM = 4;
  const RESUMED = 8;

  const { Symbol, Uint8Array, arrayBufferLength, defineProperty, isView, readOnly } = intrinsics;
  const { dataViewBuffer, dataViewLength, dataViewOffset, getOwnPropertyDescriptor, ownKeys } =
    intrinsics;
  const {
    sharedLength,
    typedArrayBuffer,
    typedArrayLength,
    typedArrayName,
    typedArrayOffset,
    typedArraySet,
  } = intrinsics;
  const NO_BYTES = new Uint8Array(0);

  /** Web interfaces have enumerable members and a tag. */
  function asInterface(Class, name) {
    const keys = ownKeys(Class.prototype);
    for (let index = 0; index < keys.length; index++) {
      if (keys[index] === 'constructor') continue;
      const property = getOwnPropertyDescriptor(Class.prototype, keys[index]);
      defineProperty(Class.prototype, keys[index], {
        ...property,
        __proto__: null,
        enumerable: true,
      });
    }
    defineProperty(Class.prototype, Symbol.toStringTag, readOnly(name));
  }

  function byteLength(getLength, value) {
    try {
      return getLength(value);
    } catch {
      return -1;
    }
  }

  /**
   * A view on the bytes of a buffer or view, on a copy where another thread could write to them.
   * Undefined for anything else.
   */
  function bytesOf(input) {
    let buffer = input;
    let offset = 0;
    let length;
    if (isView(input)) {
      const typed = typedArrayName(input) !== undefined;
      buffer = typed ? typedArrayBuffer(input) : dataViewBuffer(input);
      length = byteLength(typed ? typedArrayLength : dataViewLength, input);
      offset = length > 0 ? (typed ? typedArrayOffset : dataViewOffset)(input) : 0;
    } else {
      length = byteLength(arrayBufferLength, input);
      if (length < 0) length = byteLength(sharedLength, input);
      if (length < 0) return undefined;
    }
    // Also for what is detached, where no view can be made.
    if (length <= 0) return NO_BYTES;
    const bytes = new Uint8Array(buffer, offset, length);
    return byteLength(arrayBufferLength, buffer) < 0 ? new Uint8Array(bytes) : bytes;
  }

  function join(first, second) {
    const joined = new Uint8Array(typedArrayLength(first) + typedArrayLength(second));
    typedArraySet(joined, first, 0);
    typedArraySet(joined, second, typedArrayLength(first));
    return joined;
  }

  function checkOptions(options) {
    if (options === undefined || typeof options === 'object' || typeof options === 'function')
      return;
    throw errors().invalidArgument('options', 'of type object', options, checkOptions);
  }

  class TextEncoder {
    #encoding = 'utf-8';

    get encoding() {
      if (!(#encoding in this)) throw errors().invalidReceiver('TextEncoder');
      return this.#encoding;
    }

    encode(input = '') {
      if (!(#encoding in this)) throw errors().invalidReceiver('TextEncoder');
      return native.utf8Encode(`${input}`);
    }

    encodeInto(src, dest) {
      if (!(#encoding in this)) throw errors().invalidReceiver('TextEncoder');
      if (typeof src !== 'string') throw errors().invalidArgument('src', 'of type string', src);
      if (typedArrayName(dest) !== 'Uint8Array') {
        throw errors().invalidArgument('dest', 'an instance of Uint8Array', dest);
      }
      const counts = native.utf8EncodeInto(src, dest);
      return { read: counts[0], written: counts[1] };
    }
  }

  class TextDecoder {
    #encoding;
    #flags = 0;
    // What waits for the next chunk; only Rust knows what the bytes mean.
    #state;

    constructor(encoding = 'utf-8', options = undefined) {
      encoding = `${encoding}`;
      checkOptions(options);
      this.#encoding = native.op(ENCODING_FOR_LABEL, 0, encoding, null, fail);
      if (options?.fatal) this.#flags |= FATAL;
      if (options?.ignoreBOM) this.#flags |= IGNORE_BOM;
    }

    get encoding() {
      if (!(#encoding in this)) throw errors().invalidReceiver('TextDecoder');
      return this.#encoding;
    }

    get fatal() {
      if (!(#encoding in this)) throw errors().invalidReceiver('TextDecoder');
      return (this.#flags & FATAL) !== 0;
    }

    get ignoreBOM() {
      if (!(#encoding in this)) throw errors().invalidReceiver('TextDecoder');
      return (this.#flags & IGNORE_BOM) !== 0;
    }

    decode(input = undefined, options = undefined) {
      if (!(#encoding in this)) throw errors().invalidReceiver('TextDecoder');
      checkOptions(options);
      let bytes = input === undefined ? NO_BYTES : bytesOf(input);
      if (bytes === undefined) {
        throw errors().invalidArgument(
          'input',
          'an instance of ArrayBuffer or ArrayBufferView',
          input,
        );
      }
      let flags = this.#flags;
      if (options?.stream) flags |= STREAM;
      if (this.#state !== undefined) {
        flags |= RESUMED;
        bytes = join(this.#state, bytes);
      }
      // Also after an error the next call begins anew.
      this.#state = undefined;
      const text = native.op(DECODE, flags, this.#encoding, bytes, fail);
      if ((flags & STREAM) !== 0) {
        this.#state = native.op(DECODE_STATE, flags, this.#encoding, bytes, fail);
      }
      return text;
    }
  }

  function atob(input) {
    if (arguments.length === 0) throw errors().missingArgument('input');
    return native.op(ATOB, 0, `${input}`, null, fail);
  }

  function btoa(input) {
    if (arguments.length === 0) throw errors().missingArgument('input');
    return native.op(BTOA, 0, `${input}`, null, fail);
  }

  asInterface(TextEncoder, 'TextEncoder');
  asInterface(TextDecoder, 'TextDecoder');
  return { TextEncoder, TextDecoder, atob, btoa };
}
