const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'test',
  `
  after afterEach before beforeEach describe expectFailure getTestContext it only run skip
  suite test todo
  `,
  'Run tests in the main process.',
);
