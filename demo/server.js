'use strict';

// The HTTP server under load, one process per run so that both start from the same memory and the
// same compiled code. The heavy function runs inside this process either way: on its event loop, or in
// isolates on offloop's threads.

const { createHash } = require('node:crypto');
const http = require('node:http');

const { loadCorpus } = require('./corpus.js');
const { measureOffload } = require('..');
const { Meter } = require('./meter.js');
const { termStatistics } = require('./terms.js');

const { mode, threads } = JSON.parse(process.argv[2]);
const { corpus, names } = loadCorpus();
const pool = mode === 'offloaded' ? new (require('..').Pool)({ maxThreads: threads }) : null;

/** A query as the load generator's are: about one of them, without half of the others. */
const EXAMPLE = {
  document: 0,
  without: names.flatMap((_, number) => (number % 2 === 0 ? [number] : [])),
};

// The one line that differs between the two runs: where the heavy function runs.
const analyse = pool ? pool.offload(termStatistics) : termStatistics;

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  try {
    if (url.pathname === '/country') {
      const document = documentNumber(url.searchParams.get('document'));
      answer(response, 200, { document, name: names[document] });
    } else if (url.pathname === '/terms') {
      const result = await analyse(corpus, {
        document: documentNumber(url.searchParams.get('document')),
        without: (url.searchParams.get('without') ?? '')
          .split(',')
          .filter(Boolean)
          .map(documentNumber),
      });
      answer(response, 200, { sha256: sha256(JSON.stringify(result)), result });
    } else {
      answer(response, 404, { error: `${url.pathname} is not a route; try /country or /terms` });
    }
  } catch (error) {
    const status = error instanceof RangeError ? 400 : 500;
    answer(response, status, { error: error instanceof Error ? error.message : String(error) });
  }
});
// A connection that idles while the loop is blocked must not be closed under the load generator's next request.
server.keepAliveTimeout = 0;

/** @param {string | null} text */
function documentNumber(text) {
  const number = Number(text);
  if (text === null || !Number.isInteger(number) || number < 0 || number >= names.length) {
    throw new RangeError(`document ${text} is not a number from 0 to ${names.length - 1}`);
  }
  return number;
}

/**
 * @param {http.ServerResponse} response
 * @param {number} status
 * @param {object} body
 */
function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** @param {string} text */
function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Runs the heavy function until it is compiled, in every isolate when it is offloaded, and times it.
 *
 * @param {number} runs
 * @returns {Promise<number>} median milliseconds of one call in the second half of the runs
 */
async function warmUp(runs) {
  const times = [];
  for (let run = 0; run < runs; run++) {
    const query = { ...EXAMPLE, document: run % names.length };
    const start = performance.now();
    await Promise.all(Array.from({ length: pool ? threads : 1 }, () => analyse(corpus, query)));
    times.push(performance.now() - start);
  }
  const warm = times.slice(runs >> 1).sort((a, b) => a - b);
  return warm[warm.length >> 1];
}

const meter = new Meter();
/** @type {Record<string, (message: any) => unknown>} */
const commands = {
  warmUp: ({ runs }) => warmUp(runs),
  measureOffload: ({ budgetMs }) =>
    measureOffload(termStatistics, [corpus, EXAMPLE], { pool, budgetMs }),
  start: () => meter.start(),
  stop: () => meter.stop(),
};

process.on('message', async (/** @type {{ command: string }} */ message) => {
  try {
    process.send?.({ value: await commands[message.command](message) });
  } catch (error) {
    process.send?.({
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
});
// Without its parent nobody needs this server: it must not outlive an interrupted demo.
process.on('disconnect', () => process.exit());

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
