// A reporter for node:test that writes the closing counts as JSON.

const COUNT = /^(tests|pass|fail|cancelled|skipped|todo) (\d+)$/;

export default async function* counts(events) {
  const found = {};
  for await (const { type, data } of events) {
    if (type !== 'test:diagnostic' || data.nesting !== 0) continue;
    const [, name, number] = COUNT.exec(data.message) ?? [];
    if (name) found[name] = Number(number);
  }
  yield JSON.stringify(found);
}
