const { console } = globalThis;

/** Only the task's console leads anywhere: a console of one's own on a stream would need that stream. */
module.exports = console;
