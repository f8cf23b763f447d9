/** One stream of compression that the isolate keeps; what Node's streams have as `_handle`. */
const { fail, tooLarge } = require('./errors');

const OPS = { ALL: 64, OPEN: 65, WRITE: 66, RESET: 67, ADJUST: 68, CRC32: 69 };

const EMPTY = new Uint8Array(0);

function numbers(...values) {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setInt32(i * 4, values[i], true);
  return bytes;
}

class Handle {
  /**
   * @param {Uint8Array} description as `describe` makes it
   * @param {Uint32Array} state room for output and input that is left, after each write
   */
  constructor(description, state) {
    this.state = state;
    this.whenFailed = undefined;
    // It lives as long as this object.
    this.number = native.op(OPS.OPEN, 0, description, null, fail, this);
  }

  /** Throws what went wrong, unless there is a `whenFailed`. As in Node it returns nothing: packages look at `state`. */
  writeSync(flush, input, inputOffset, inputLength, output, outputOffset, outputLength) {
    const part =
      input === null || input === undefined
        ? EMPTY
        : new Uint8Array(input.buffer, input.byteOffset + inputOffset, inputLength);
    let result;
    try {
      result = native.op(OPS.WRITE, flush, numbers(this.number, outputLength), part, fail);
    } catch (error) {
      this.state[0] = outputLength;
      this.state[1] = inputLength;
      if (this.whenFailed === undefined) throw error;
      this.whenFailed(error);
      return;
    }
    const read = new DataView(result.buffer, result.byteOffset).getUint32(0, true);
    const made = result.subarray(4);
    output.set(made, outputOffset);
    this.state[0] = outputLength - made.length;
    this.state[1] = inputLength - read;
  }

  params(level, strategy) {
    native.op(OPS.ADJUST, 0, numbers(this.number, level, strategy), null, fail);
  }

  reset() {
    native.op(OPS.RESET, 0, numbers(this.number), null, fail);
  }

  close() {
    native.release(this.number);
  }
}

/** The whole of it in one operation, which stops when the run does. */
function atOnce(description, flush, most, input) {
  const head = new Uint8Array(8 + description.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, most % 2 ** 32, true);
  view.setUint32(4, Math.floor(most / 2 ** 32), true);
  head.set(description, 8);
  return native.op(OPS.ALL, flush, head, input, (code, message) => {
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(most);
    fail(code, message);
  });
}

function crc32(data, value) {
  const sum = native.op(OPS.CRC32, value, null, data, fail);
  return new DataView(sum.buffer, sum.byteOffset).getUint32(0, true);
}

module.exports = { Handle, atOnce, crc32 };
