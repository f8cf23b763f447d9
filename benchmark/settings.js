'use strict';

module.exports = {
  POOL_THREADS: 2,
  MINIMUM_ROUNDS: 5,
  OURS: 'offloop',
  POOLS: ['offloop', 'piscina', 'tinypool', 'workerpool'],
  CASES: [
    'ready',
    'memory',
    'round-trip',
    'burst',
    'cpu-bound',
    'abort',
    'measure',
    'first-advice',
    'advice',
    'prediction',
  ],
};
