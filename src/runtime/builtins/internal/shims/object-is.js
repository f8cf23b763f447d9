// Both `object-is` itself and what `object-is/polyfill` returns.
module.exports = (...values) => (values.length === 0 ? Object.is : Object.is(...values));
