/** `call-bind/callBound`: RegExp.prototype.test and the like by their path, uncurried. */
module.exports = function callBound(path) {
  const value = path.split('.').reduce((object, key) => object[key], globalThis);
  return Function.prototype.call.bind(value);
};
