/** Modules that are there to be required, and whose functions and classes say on use why they do not work. */
const { unavailable } = require('./errors');

const REMEDY = 'Keep I/O in the main process and pass the data in.';

/**
 * Callable and constructible, with a prototype to inherit from; the error names the module and the member.
 * `class X extends http.Agent` and `util.promisify(fs.readFile)` are no use yet.
 */
function unavailableClass(module, name, remedy = REMEDY) {
  const member = {
    [name]: function () {
      throw unavailable(`${module}.${name}${new.target ? '' : '()'}`, remedy, new.target ?? member);
    },
  }[name];
  return member;
}

/** `words`: names of functions and classes, divided by blanks. */
function unavailableModule(module, words, others = {}, remedy = REMEDY) {
  const made = {};
  for (const name of words.trim().split(/\s+/)) made[name] = unavailableClass(module, name, remedy);
  return Object.defineProperties(made, Object.getOwnPropertyDescriptors(others));
}

module.exports = { unavailableClass, unavailableModule };
