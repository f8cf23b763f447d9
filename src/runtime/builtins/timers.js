const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } =
  globalThis;

module.exports = {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate,
  get promises() {
    return require('timers/promises');
  },
};
