'use strict';

const BAR_WIDTH = 30;
const LINE_INTERVAL_MS = 3000;

/** A bar that redraws itself on a terminal; elsewhere (CI, a file) a line every few seconds. */
class Progress {
  #stream;
  #nextLine = 0;

  /** @param {NodeJS.WriteStream} [stream] */
  constructor(stream = process.stderr) {
    this.#stream = stream;
  }

  /**
   * @param {string} label
   * @param {number} done
   * @param {number} total
   */
  update(label, done, total) {
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    if (this.#stream.isTTY) {
      const filled = Math.round(share * BAR_WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      this.#stream.write(
        `\r\x1b[2K${label.padEnd(12)} ${bar} ${percent} %  ${done}/${total} requests`,
      );
    } else if (performance.now() >= this.#nextLine) {
      this.#nextLine = performance.now() + LINE_INTERVAL_MS;
      this.#stream.write(`  ${label}: ${percent.trim()} % (${done}/${total} requests)\n`);
    }
  }

  /** Takes the bar off the terminal: what follows is the report. */
  clear() {
    this.#nextLine = 0;
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[2K');
  }
}

module.exports = { Progress };
