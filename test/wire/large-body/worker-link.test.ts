import { expect, test } from 'vitest';
import { WorkerLink } from '../../../src/wire/large-body/worker-link.ts';

test('large bodies after an upgrade under the running gateway are refused with the advice to restart, which is logged once', async () => {
  const causes: string[] = [];
  const link = new WorkerLink((cause) => causes.push(cause), new URL('./replaced.js', import.meta.url));
  const task = {
    kind: 'scan',
    format: 'openai-chat',
    body: new ArrayBuffer(8),
    contentType: undefined,
  } as const;
  for (let each = 0; each < 2; each += 1) {
    await expect(link.run({ ...task, body: new ArrayBuffer(8) }, new ArrayBuffer(8))).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringContaining('if Laneway was upgraded, restart it') as string,
    });
  }
  await link.close();
  expect(causes).toEqual([expect.stringContaining('replaced.js')]);
});
