const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'v8',
  `
  DefaultDeserializer DefaultSerializer Deserializer GCProfiler Serializer
  cachedDataVersionTag deserialize getCppHeapStatistics getHeapCodeStatistics getHeapSnapshot
  getHeapSpaceStatistics getHeapStatistics isStringOneByteRepresentation queryObjects
  serialize setFlagsFromString setHeapProfileNearHeapLimit setHeapSnapshotNearHeapLimit
  startCpuProfile startHeapProfile stopCoverage takeCoverage writeHeapSnapshot
  `,
  {
    startupSnapshot: { isBuildingSnapshot: () => false },
  },
  'Ask the pool: isolate statistics are in stats().',
);
