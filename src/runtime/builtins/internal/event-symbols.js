exports.capture = Symbol.for('offloop.events.kCapture');
exports.errorMonitor = Symbol('events.errorMonitor');
exports.rejection = Symbol.for('nodejs.rejection');
