import { expect, test } from 'vitest';
import type { DoctorContext } from '../../../../src/cli/doctor/context.ts';
import { nodeCheck } from '../../../../src/cli/doctor/checks/node.ts';
import { doctor, healthy, setUp } from './harness.ts';

test.each(['20.20.2', '22.18.9'])(
  'Node %s is a fault with the version that is needed',
  async (nodeVersion) => {
    const findings = await nodeCheck.run({ nodeVersion } as DoctorContext);
    expect(findings).toMatchObject([
      {
        severity: 'fault',
        code: 'node_too_old',
        found: `Node ${nodeVersion} is too old: Laneway needs 22.19 or newer`,
      },
    ]);
  },
);

test.each(['22.19.0', '24.1.0'])('Node %s is new enough', async (nodeVersion) => {
  expect(await nodeCheck.run({ nodeVersion } as DoctorContext)).toMatchObject([{ severity: 'ok' }]);
});

test('the Node that runs the command is checked', async () => {
  const { findings } = await doctor(await setUp({ files: { 'models.json': await healthy() } }));
  expect(findings).toContainEqual(
    expect.objectContaining({ check: 'node', found: `Node ${process.versions.node}` }),
  );
});
