const Stream = require('readable-stream/lib/stream');

// A bundler may have renamed it.
Object.defineProperty(Stream, 'name', { value: 'Stream', configurable: true });

module.exports = Stream;
