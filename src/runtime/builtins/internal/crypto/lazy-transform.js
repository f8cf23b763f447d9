/** Hashes are streams in Node, and few are used as such: the stream's own parts are made when they are first asked for. */
const { Transform } = require('stream');

const { defineProperty, setPrototypeOf } = Object;

function isLazily(Class) {
  setPrototypeOf(Class.prototype, Transform.prototype);
  setPrototypeOf(Class, Transform);
  for (const name of ['_readableState', '_writableState']) {
    defineProperty(Class.prototype, name, {
      configurable: true,
      get() {
        Transform.call(this, this._options);
        return this[name];
      },
      set(value) {
        defineProperty(this, name, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      },
    });
  }
}

module.exports = { isLazily };
