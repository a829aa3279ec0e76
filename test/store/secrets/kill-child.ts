// A change of secrets in a process of its own, which ends itself with SIGKILL at one step of it: before or after a call of
// the file system, or a statement of the database. Without a step it runs to its end and prints how many steps there are.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { RowChange, SealedSecret } from '../../../src/protocol/stored-configuration.ts';
import { openStateFile } from '../../../src/store/files/state-file.ts';
import { SecretVault } from '../../../src/store/secrets/vault.ts';
import { StoredChanges } from '../../../src/store/stored-changes.ts';
import { readState } from '../../../src/store/transactions.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

const [, , directory = '', job = '', step = '0', mark = ''] = process.argv;
const AT = '2026-01-01T00:00:00.000Z';

let steps = 0;

function reached(): void {
  steps += 1;
  if (steps === Number(step)) process.kill(process.pid, 'SIGKILL');
}

/** Calls `reached` before and after a method. */
function watch(object: object, name: string): void {
  const methods = object as Record<string, (...values: unknown[]) => unknown>;
  const method = methods[name];
  if (method === undefined) throw new Error(`there is no ${name}`);
  methods[name] = function (this: unknown, ...values: unknown[]): unknown {
    reached();
    const result = method.apply(this, values);
    reached();
    return result;
  };
}

const file = openStateFile(directory, AT);
const changes = new StoredChanges(file.state);
const { configuration } = readState(file.state);
const vault = new SecretVault({
  directory,
  environmentKey: null,
  sealed: configuration.secrets,
  log: SILENT_LOG,
});

for (const name of ['writeFileSync', 'fsyncSync', 'renameSync']) watch(fs, name);
syncBuiltinESMExports();
const statements = Object.getPrototypeOf(file.state.prepare('SELECT 1')) as object;
for (const name of ['run', 'get']) watch(statements, name);

/** One change of all these providers and their keys. */
function store(ids: readonly string[]): void {
  const secrets = ids.map((id): RowChange<SealedSecret> => {
    const key = `provider:${id}`;
    return { key, value: vault.seal(key, `sk-fake-${id}-${mark}`) };
  });
  changes.change({
    providers: ids.map((id) => ({ key: id, value: JSON.stringify({ type: 'vllm', name: mark }) })),
    ...{ secrets, action: 'provider', subject: ids.join(', '), from: null, to: mark, reason: null },
    ...{ fingerprint: mark, actor: 'local', at: AT },
  });
}

if (job === 'import') store(['one', 'two', 'three', 'four', 'five']);
if (job === 'provider') store(['one']);
if (job === 'rotate') {
  await vault.rotate(
    {
      rewrapSecrets: (secrets) => {
        changes.rewrap(secrets);
        return Promise.resolve();
      },
    },
    { actor: 'local', at: AT },
  );
}
file.close();
process.stdout.write(`${steps}\n`);
