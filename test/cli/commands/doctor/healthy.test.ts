import { expect, test } from 'vitest';
import { laneway as launched } from '../../command.ts';
import { laneway } from '../harness.ts';
import { realGateway } from '../real-gateway.ts';
import { at, doctor, healthy, serve, setUp } from './harness.ts';

test('a healthy set-up without a gateway is exit 0, and it says that it was checked without one', async () => {
  const surroundings = await setUp({ files: { 'models.json': await healthy() } });
  const { code, gateway, findings, of } = await doctor(surroundings);
  expect(findings.filter(({ severity }) => severity === 'fault')).toEqual([]);
  expect([code, gateway]).toEqual([0, null]);
  expect(of('no_gateway')).toMatchObject([
    { severity: 'warning', found: expect.stringContaining('checked from here') },
  ]);
});

test('a healthy running gateway is exit 0 without any warning', async () => {
  const { url, folder } = await realGateway({ config: await healthy() });
  const surroundings = {
    ...{ configDirectory: `${folder}/config`, dataDirectory: `${folder}/data`, workingDirectory: folder },
  };
  const { code, gateway, findings } = await doctor(surroundings, '--url', url);
  expect([code, gateway]).toEqual([0, '0.0.0-test']);
  expect(findings.filter(({ check, severity }) => check !== 'engines' && severity !== 'ok')).toEqual([]);
  expect(findings.at(-1)).toMatchObject({ check: 'gateway', severity: 'ok' });
});

test('as a process of its own it ends with all of its output and the exit code', async () => {
  const { workingDirectory, variables } = await setUp({ files: { 'models.json': { nodes: [] } } });
  const { code, stdout } = await launched(['doctor', '--json'], workingDirectory, variables);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toHaveProperty('findings.0.code', 'configuration');
}, 20_000);

test('the findings fit 80 columns, the worst first, each with what to do', async () => {
  const files = { 'models.json': await healthy(), 'models.yml': 'lanes: {}' };
  const surroundings = await setUp({ files, variables: { LANEWAY_PROT: '4700' } });
  const run = await laneway(['doctor'], {
    ...surroundings,
    ...{ now: Date.now(), terminal: { columns: 80 } },
  });
  const lines = run.stdout.split('\n');
  expect(run.code).toBe(1);
  expect(lines.filter((line) => line.length > 80 && line.includes(' '.repeat(26)))).toEqual([]);
  expect(lines[0]).toMatch(/^fault {4}files +\S/);
  expect(run.stdout).toMatch(/\n +→ rename it to LANEWAY_PORT\n/);
  expect(run.stdout).toMatch(/\nok {7}node +Node \d[^]*\n\n2 faults, 1 warning\n$/);
});

test('a server that never answers is a finding, not an endless wait', async () => {
  const silent = await serve(() => undefined);
  const surroundings = await setUp({ files: { 'models.json': { providers: { box: at(silent) } } } });
  const { code, of } = await doctor(surroundings);
  expect(code).toBe(1);
  expect(of('no_engine')).toMatchObject([{ found: expect.stringContaining('did not answer in time') }]);
}, 20_000);
