import { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import { laneway } from './harness.ts';
import { CONFIG, realGateway } from './real-gateway.ts';

test('status names version, readiness with reasons, generation, switched nodes and providers; exit 1 if not ready', async () => {
  const { url } = await realGateway();
  await laneway(['switch', 'evaluate', 'other/small', '--url', url]);
  const { code, stdout } = await laneway(['status', '--url', url]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^gateway +Laneway 0\.0\.0-test at http:\/\/127\.0\.0\.1:\d+, up 0 s\n/);
  expect(stdout).toMatch(/\nready +no: \S[^\n]*(?:\n {12}\S[^\n]*)+\ngeneration +2\nswitched +evaluate\n/);
  expect(stdout).toMatch(/\nbox +openai_compatible +unknown +/);
  const { stdout: json } = await laneway(['status', '--json', '--url', url]);
  expect(JSON.parse(json)).toMatchObject({
    url,
    ready: false,
    generation: 2,
    switched: ['evaluate'],
    warnings: [],
  });
});

test('status and providers have the same words for the state of a provider', async () => {
  const { url } = await realGateway();
  const word = async (command: string): Promise<string | undefined> => {
    const { stdout } = await laneway([command, '--url', url]);
    return /\nbox +openai_compatible +(\S+)/.exec(stdout)?.[1];
  };
  expect(await word('status')).toBe(await word('providers'));
});

test('models lists all models, or those of one provider', async () => {
  const { url } = await realGateway();
  const { stdout } = await laneway(['models', '--url', url]);
  expect(stdout).toMatch(
    /^MODEL +STATUS +KIND +SPEED +WHERE +NAME\nbox\/big +\w+ +chat +slow +local +Big\nother\/small/,
  );
  const one = await laneway(['models', '--provider', 'other', '--json', '--url', url]);
  expect(JSON.parse(one.stdout)).toMatchObject({ generation: 1, available: [{ model_id: 'small' }] });
  const none = await laneway(['models', '-p', 'othr', '--url', url]);
  expect(none).toMatchObject({
    code: 2,
    stderr: 'no model has the provider "othr"; did you mean "other"?\n',
  });
});

test('nodes and lanes show what answers now, and what was switched', async () => {
  const { url } = await realGateway();
  await laneway(['switch', 'evaluate', 'other/small', '-r', 'cheaper', '--url', url]);
  const nodes = await laneway(['nodes', '--url', url]);
  expect(nodes.stdout).toMatch(
    /\nevaluate +other\/small +other\/small +cheaper, by local\nplan +lane:main +box\/big\n$/,
  );
  const json = await laneway(['nodes', '--json', '--url', url]);
  expect(JSON.parse(json.stdout)).toMatchObject({ generation: 2, assignments: { plan: { lane: 'main' } } });
  const lanes = await laneway(['lanes', '--url', url]);
  expect(lanes.stdout).toMatch(/\nmain \(default\) +box\/big +For everything\nquick +other\/small\n$/);
  const laneJson = await laneway(['lanes', '--json', '--url', url]);
  expect(JSON.parse(laneJson.stdout)).toMatchObject({
    generation: 2,
    default_lane: 'main',
    lanes: { quick: { provider: 'other', model_id: 'small', is_default: true } },
  });
});

test('nodes shows the model that answers for one whose own has no key, and why none does', async () => {
  const nodes = {
    evaluate: { model: 'sky/gpt' },
    vectors: { kind: 'embeddings', model: 'sky/vec' },
  };
  const { url } = await realGateway({ config: { ...CONFIG, nodes } });
  const { stdout } = await laneway(['nodes', '--url', url]);
  expect(stdout).toMatch(/\nevaluate +sky\/gpt +box\/big\n/);
  expect(stdout).toMatch(/\nvectors +sky\/vec +none: no key: set NO_SUCH_KEY/);
  expect(stdout).toMatch(/\nwhy none: laneway explain vectors\n$/);
});

test('nodes shows no lane and no model for one of embeddings whose provider was removed', async () => {
  const nodes = { vectors: { kind: 'embeddings', model: 'sky/vec' } };
  const { url } = await realGateway({
    config: { ...CONFIG, nodes },
    files: { 'user_models.json': { providers: { sky: null } } },
    shipped: true,
  });
  const { stdout } = await laneway(['nodes', '--url', url]);
  expect(stdout).toMatch(/\nvectors +none +none: it has no model\n/);
});

test('lanes shows the model that was put first in one, and the model that answers', async () => {
  const { url } = await realGateway();
  await laneway(['switch', 'lane:main', 'sky/gpt', '--force', '--url', url]);
  const { stdout } = await laneway(['lanes', '--url', url]);
  expect(stdout).toMatch(/\nmain \(default\) +box\/big +to sky\/gpt, by local +For/);
});

test('colours are used on a terminal only, and not with NO_COLOR or --no-color', async () => {
  const { url } = await realGateway();
  const args = ['nodes', '--url', url];
  const terminal = { columns: 80, colors: true };
  const hasColors = async (...ran: Parameters<typeof laneway>): Promise<boolean> =>
    (await laneway(...ran)).stdout.includes('\u001b[');
  // The library uses none where the environment, such as TERM=dumb, has none.
  expect(await hasColors(args, { terminal })).toBe(WriteStream.prototype.hasColors());
  expect(await hasColors(args)).toBe(false);
  expect(await hasColors(args, { terminal, variables: { NO_COLOR: '1' } })).toBe(false);
  expect(await hasColors([...args, '--no-color'], { terminal })).toBe(false);
});

test('explain lists the targets in order; a name that nothing serves is exit 1', async () => {
  const { url } = await realGateway();
  const plan = await laneway(['explain', 'main', '--tokens', '10', '--url', url]);
  expect(plan.code).toBe(0);
  expect(plan.stdout).toMatch(
    /^lane:main\n\n# +TARGET +TRIED +FROM +SCORE\n1 +box\/big +first +preferred +0\.00\n2 +other\/small +then/,
  );
  const vision = await laneway(['explain', 'main', '--vision', '--json', '--url', url]);
  expect(JSON.parse(vision.stdout)).toMatchObject({ facts: { needs: ['vision'] } });
  const unknown = await laneway(['explain', 'mainn', '--url', url]);
  expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('"main"') });
});

test('requests lists requests; one of them has phases, attempts with their messages, and the plan', async () => {
  const gateway = await realGateway();
  const { id } = await gateway.trace(await gateway.chat({ model: 'evaluate' }));
  const at = ['--url', gateway.url];
  const list = await laneway(['requests', ...at], { now: Date.now() });
  expect(list.stdout).toMatch(new RegExp(`^ *AGE +ID.*\\n *\\d+ s +${id} +failed +502`));
  expect((await laneway(['requests', '--state', 'settled', ...at])).stdout).toBe('no requests\n');
  const one = await laneway(['requests', id, ...at]);
  expect(one.stdout).toMatch(/\nPhases\nPHASE[^]*\nAttempts\n# +TARGET[^]*refused[^]*\nPlan\n/);
  const json = await laneway(['requests', id, '--json', ...at]);
  expect(JSON.parse(json.stdout)).toMatchObject({ id, state: 'failed' });
  const unknown = await laneway(['requests', 'req_nothing', ...at]);
  expect(unknown).toMatchObject({ code: 1, stderr: 'unknown request "req_nothing"\n' });
  const hint = await laneway(['requests', '--node', 'evaluat', ...at]);
  expect(hint.stderr).toContain('evaluate');
});

test('audit lists the changes, newest first', async () => {
  const { url } = await realGateway();
  await laneway(['switch', 'evaluate', 'other/small', '-r', 'cheaper', '--url', url]);
  await laneway(['undo', 'evaluate', '--url', url]);
  const { stdout } = await laneway(['audit', '--url', url]);
  expect(stdout.split('\n').slice(1)).toMatchObject([
    expect.stringMatching(/ undo +evaluate +other\/small +box\/big$/),
    expect.stringMatching(/ switch +evaluate +box\/big +other\/small +cheaper$/),
    '',
  ]);
  const narrow = await laneway(['audit', '--url', url], { terminal: { columns: 40 } });
  expect(narrow.stdout).toContain('WHAT');
  expect(narrow.stdout.split('\n').filter((line) => line.length > 40)).toEqual([]);
  const usual = await laneway(['audit', '--url', url], { terminal: { columns: 64 } });
  expect(usual.stdout).toMatch(/\n\n {2}#1: cheaper\n$/);
  const page = await laneway(['audit', '--limit', '1', '--url', url]);
  expect(page.stdout).toMatch(/older ones: --before 2\n$/);
});

test('config explain names the layer of each value, or of one part', async () => {
  const { url } = await realGateway();
  const part = await laneway(['config', 'explain', 'models.box/big', '--url', url]);
  expect(part.stdout).toMatch(/\nmodels\.box\/big\.speed +"slow" +\S+models\.json\n/);
  const json = await laneway(['config', 'explain', 'default_lane', '--json', '--url', url]);
  expect(JSON.parse(json.stdout)).toMatchObject({ value: 'main' });
  const unknown = await laneway(['config', 'explain', 'lanes.mian', '--url', url]);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "main"') });
});
