const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'child_process',
  `
  ChildProcess _forkChild exec execFile execFileSync execSync fork spawn spawnSync
  `,
);
