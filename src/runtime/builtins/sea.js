const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'sea',
  `
  getAsset getAssetAsBlob getAssetKeys getRawAsset
  `,
  {
    isSea: () => false,
  },
);
