'use strict';

const MOST_COMPLAINTS = 20;

/** What became of each task of a soak, by id: settled once, begun as often as its kind may, ended as its kind must. */
class Ledger {
  #kinds;
  #begun;
  #kindOf;
  #variantOf;
  #settled;
  #made = 0;
  complaints = [];
  complaintCount = 0;
  settledCount = 0;

  /**
   * @param {typeof import('./kinds.js').KINDS} kinds
   * @param {number} tasks
   */
  constructor(kinds, tasks) {
    this.#kinds = kinds;
    this.begun = new SharedArrayBuffer(tasks);
    this.#begun = new Uint8Array(this.begun);
    this.#kindOf = new Uint8Array(tasks);
    this.#variantOf = new Uint8Array(tasks);
    this.#settled = new Uint8Array(tasks);
  }

  get made() {
    return this.#made;
  }

  /** @returns {number} the id of a new task */
  enter(kind, variant) {
    const id = this.#made;
    if (id >= this.#settled.length) throw new Error(`more than ${this.#settled.length} tasks`);
    this.#made += 1;
    this.#kindOf[id] = kind;
    this.#variantOf[id] = variant;
    return id;
  }

  hasBegun(id) {
    return Atomics.load(this.#begun, id) > 0;
  }

  /**
   * @param {number} id
   * @param {{ value?: unknown } | { error: unknown }} outcome
   */
  settle(id, outcome) {
    this.settledCount += 1;
    this.#settled[id] += 1;
    if (this.#settled[id] > 1) return this.complain(id, `settled ${this.#settled[id]} times`);
    const { isRight } = this.#kinds[this.#kindOf[id]].variants[this.#variantOf[id]];
    let right = false;
    try {
      right = isRight(id, outcome);
    } catch {
      // Not even of the right shape.
    }
    if (right) return undefined;
    const what =
      'error' in outcome ? `rejected with ${shown(outcome.error)}` : 'resolved otherwise';
    return this.complain(id, what);
  }

  /**
   * @param {number | null} id null: about no task in particular
   * @param {string} what
   */
  complain(id, what) {
    this.complaintCount += 1;
    if (this.complaints.length >= MOST_COMPLAINTS) return;
    this.complaints.push(
      id === null
        ? what
        : `task ${id} (${this.#kinds[this.#kindOf[id]].name}, variant ${this.#variantOf[id]}): ${what}`,
    );
  }

  /** Once nothing is under way: complains about what is missing, and adds up each kind. */
  close() {
    const rows = this.#kinds.map(({ name }) => ({ name, tasks: 0, settledOnce: 0, begun: 0 }));
    for (let id = 0; id < this.#made; id += 1) {
      const row = rows[this.#kindOf[id]];
      const begins = Atomics.load(this.#begun, id);
      row.tasks += 1;
      row.begun += begins;
      if (this.#settled[id] === 1) row.settledOnce += 1;
      if (this.#settled[id] === 0) this.complain(id, 'never settled');
      const [least, most] = this.#kinds[this.#kindOf[id]].variants[this.#variantOf[id]].begins;
      if (begins < least || begins > most) this.complain(id, `began ${begins} times`);
    }
    if (this.#made !== this.#settled.length) {
      this.complain(null, `${this.#made} tasks were made, not ${this.#settled.length}`);
    }
    return rows;
  }
}

function shown(error) {
  return error instanceof Error
    ? `${error.code ?? error.name}: ${error.message.slice(0, 120)}`
    : String(error);
}

module.exports = { Ledger };
