// Says that something long is still going on, and what it does right now.

const REDRAW_MS = 250;
const REPEAT_MS = 4000;

/**
 * @typedef {object} Progress
 * @property {(text: string) => void} step names what is going on now
 * @property {(line: string) => void} print writes a line that stays
 */

/**
 * Runs `work` while showing `title`, the seconds so far and the last step that `work` named: on one
 * line of a terminal, or as a line every few seconds where output is not a terminal.
 *
 * @template T
 * @param {string} title
 * @param {(progress: Progress) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(title, work) {
  const started = Date.now();
  const terminal = process.stderr.isTTY === true;
  let step = '';

  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const status = () => `${title} … ${elapsed()}${step && `: ${step}`}`;
  const erase = () => terminal && process.stderr.write('\r\x1b[K');
  const show = () => {
    if (terminal)
      process.stderr.write(`\r\x1b[K${status().slice(0, (process.stderr.columns || 80) - 1)}`);
    else process.stderr.write(`${status()}\n`);
  };

  const timer = setInterval(show, terminal ? REDRAW_MS : REPEAT_MS);
  show();
  try {
    return await work({
      step(text) {
        step = text;
      },
      print(line) {
        erase();
        process.stderr.write(`${line}\n`);
      },
    });
  } finally {
    clearInterval(timer);
    erase();
    process.stderr.write(`${title}: ${elapsed()}\n`);
  }
}
