const { checkString, unavailable } = require('./internal/errors');

const REMEDY = 'A task has one context: use `fresh: true` for a new one, or new Isolate().';
// The realm's own: indirect, so that code runs in the global scope.
const evaluate = globalThis.eval;

const refuse = (name) => {
  const member = {
    [name]: function () {
      throw unavailable(`vm.${name}()`, REMEDY, member);
    },
  }[name];
  return member;
};

function runInThisContext(code) {
  checkString(code, 'code');
  return (0, evaluate)(code);
}

class Script {
  #code;

  constructor(code) {
    checkString(code, 'code');
    this.#code = code;
  }

  runInThisContext() {
    return runInThisContext(this.#code);
  }
}
for (const name of ['createCachedData', 'runInContext', 'runInNewContext']) {
  Script.prototype[name] = refuse(`Script.${name}`);
}

module.exports = {
  Script,
  createScript: (code) => new Script(code),
  runInThisContext,
  isContext: () => false,
  compileFunction(code, parameters = []) {
    checkString(code, 'code');
    return new Function(...parameters, code);
  },
  constants: Object.freeze({ __proto__: null }),
};
for (const name of [
  'createContext',
  'measureMemory',
  'runInContext',
  'runInNewContext',
  'Module',
  'SourceTextModule',
  'SyntheticModule',
]) {
  module.exports[name] = refuse(name);
}
