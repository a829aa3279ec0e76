import { expect, test } from 'vitest';
import { RouterOutput } from '../../../src/engines/drivers/router/router-output.ts';

test('the words of a model that serves are not those of a model that fails to load', () => {
  const output = new RouterOutput();
  for (const line of [
    '0.01.682.391 I srv          load: spawning server instance with name=org/a:Q4 on port 34173',
    '[34173] 0.00.1 I load_tensors:   CPU_Mapped model buffer size =    92.10 MiB',
    '0.05.402.832 I srv          load: spawning server instance with name=b on port 41717',
    '[34173] 0.09.1 W common_chat_peg_parse: unparsed peg-native output: error loading model: secret',
    '[34173] [41717] 0.09.1 E error loading model: secret',
    '[41717] 0.00.2 E llama_model_load: error loading model: bad magic',
    '[99999] 0.00.2 E nobody knows me',
  ])
    output.add(line);
  expect(output.of('b')?.lines).toEqual(['0.00.2 E llama_model_load: error loading model: bad magic']);
  expect(output.of('org/a:Q4')?.allocatedBytes).toBe(Math.round(92.1 * 1024 * 1024));
  expect(output.of('c')).toBeNull();
});

test('a new process of a model begins anew', () => {
  const output = new RouterOutput();
  const spawned = (port: number): void => {
    output.add(`load: spawning server instance with name=a on port ${port}`);
  };
  spawned(1);
  output.add('[1] error: old');
  spawned(2);
  output.add('[1] error: late');
  output.add('[2] new');
  expect(output.of('a')?.lines).toEqual(['new']);
});

test('a flood of output stays bounded', () => {
  const output = new RouterOutput();
  output.add('load: spawning server instance with name=a on port 1');
  for (let line = 0; line < 1_000; line += 1) output.add(`[1] ${'x'.repeat(10_000)}`);
  const lines = output.of('a')?.lines ?? [];
  expect(lines).toHaveLength(100);
  expect(lines[0]).toHaveLength(500);
});
