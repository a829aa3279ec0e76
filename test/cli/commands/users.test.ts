import { expect, test } from 'vitest';
import { laneway } from './harness.ts';
import { realGateway } from './real-gateway.ts';

/** A gateway on which something is set for the user ada. */
async function withAda(): Promise<readonly string[]> {
  const { url } = await realGateway();
  const config = {
    evaluate: { provider: 'other', model_id: 'small', temperature: 0.2 },
    'lane:main': { provider: 'other', model_id: 'small' },
  };
  const reply = await fetch(`${url}/api/v1/llm/users/ada/config`, {
    ...{ method: 'PUT', body: JSON.stringify({ config }) },
    headers: { 'content-type': 'application/json' },
  });
  expect(reply.status).toBe(200);
  return ['--url', url];
}

test('users lists the users with settings of their own, and shows those of one', async () => {
  const at = await withAda();
  for (const verb of [[], ['list']]) {
    const { code, stdout } = await laneway(['users', ...verb, ...at]);
    expect([code, stdout]).toEqual([0, 'USER  NODES\nada   evaluate, lane:main\n']);
  }
  const shown = await laneway(['users', 'show', 'ada', ...at]);
  expect(shown.stdout).toMatch(/\nevaluate +other\/small +temperature=0\.2\nlane:main +other\/small\n$/);
  const unknown = await laneway(['users', 'show', 'bob', ...at]);
  expect(unknown).toMatchObject({ code: 1, stdout: 'nothing is set for bob\n' });
});

test('users reset removes what is set for a user; for another name it changes nothing and is exit 1', async () => {
  const at = await withAda();
  const wrong = await laneway(['users', 'reset', 'adaa', ...at]);
  expect(wrong).toMatchObject({
    code: 1,
    stderr: 'nothing is set for adaa; did you mean "ada"?\n',
  });
  const reset = await laneway(['users', 'reset', 'ada', ...at]);
  expect(reset).toMatchObject({ code: 0, stdout: 'reset evaluate, lane:main of ada\n' });
  expect((await laneway(['users', ...at])).stdout).toBe('no user has settings of their own\n');
});
