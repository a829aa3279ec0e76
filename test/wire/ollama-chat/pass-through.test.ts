import { describe, expect, test } from 'vitest';
import type { Exchange } from '../../../src/wire/exchange.ts';
import { openAt, relay } from '../../support/wire.ts';
import { call, COUNTS, last, line, NATIVE, scanned, type Wanted } from './lines.ts';

const BODY =
  '{"model":"m", "messages":[{"role":"user","content":"hi"}],"options":{ "mirostat":2 , "num_predict":9000},"raw_id":1.0}';

function open(body: object | string, wanted: Wanted = {}): Exchange {
  return openAt(scanned(body), [NATIVE], { modelId: 'm', ...wanted });
}
const sent = (body: string, wanted: Wanted = {}): string => String(open(body, wanted).body);

describe('a request of a client of Ollama’s own API', () => {
  test('goes out with the client’s bytes, without a field more', () => {
    const request = scanned(BODY);
    expect(openAt(request, [NATIVE], { modelId: 'm' }).body).toBe(request.body);
  });

  test('gets the model’s id, and a limit that the target can give; unknown options stay', () => {
    const exchange = open(BODY, { modelId: 'm:latest', outputRoom: 1000 });
    expect(String(exchange.body)).toBe(BODY.replace('"m"', '"m:latest"').replace('9000', '1000'));
    expect(exchange.warnings).toEqual([
      { code: 'parameter_changed', detail: 'options.num_predict (9000 to 1000)' },
    ]);
  });

  test('gets the target’s defaults for options that it left out', () => {
    const params = { num_ctx: 8192, max_tokens: 5, stop: 'END', keep_alive: -1, temperature: null };
    expect(JSON.parse(sent(BODY, { params }))).toMatchObject({
      keep_alive: -1,
      options: { mirostat: 2, num_predict: 9000, num_ctx: 8192, stop: ['END'] },
    });
    expect(JSON.parse(sent('{"model":"m"}', { params }))).toMatchObject({ options: { num_predict: 5 } });
    expect(JSON.parse(sent('{"model":"m","options":null,"keep_alive":null}', { params }))).toMatchObject({
      keep_alive: null,
      options: { num_ctx: 8192 },
    });
  });

  test('gets a default effort as thinking, unless it says what it wants', () => {
    const wanted = { params: { reasoning_effort: 'none' } };
    expect(JSON.parse(sent('{"model":"m"}', wanted))).toEqual({ model: 'm', think: false });
    expect(sent('{"model":"m","think":true}', wanted)).toBe('{"model":"m","think":true}');
  });

  test('options that are no object are left to the server', () => {
    expect(sent('{"model":"m","options":[1]}')).toBe('{"model":"m","options":[1]}');
  });
});

describe('the reply', () => {
  const stream = (...lines: string[]): unknown => {
    const transform = open({ model: 'm' }).stream();
    const { output, fault } = relay(transform, lines);
    return { output, fault, usage: transform.usage };
  };

  test('passes byte for byte', () => {
    const lines = [line({ thinking: 'Hm' }), line({ content: 'a', unknown: 1 }), last()];
    expect(stream(...lines)).toMatchObject({
      output: lines.join(''),
      fault: null,
      usage: { inputTokens: 16, outputTokens: 8 },
    });
  });

  test('is held until its first content', () => {
    const transform = open({ model: 'm' }).stream();
    expect(transform.push(Buffer.from(line({ content: '' })))).toBeNull();
    expect(String(transform.push(Buffer.from(line({ content: 'a' }))))).toBe(
      line({ content: '' }) + line({ content: 'a' }),
    );
  });

  test('gets the role, and arguments as an object, which clients require', () => {
    const odd = '{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{\\"a\\":1.0}"}}]}}\n';
    const { output } = stream(odd, last().trimEnd()) as { output: string };
    expect(output).toBe(
      `{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1.0}}}],"role":"assistant","content":""}}\n${last()}`,
    );
  });

  test('that breaks off before its last line is a fault', () => {
    expect(stream(line({ content: 'a' }))).toMatchObject({ fault: 'cut' });
  });

  test('that is whole passes byte for byte, and is counted; an uncounted one is estimated', () => {
    const body = Buffer.from(last('stop', COUNTS));
    const passed = open({ model: 'm' }).unary(body);
    expect(passed.body).toBe(body);
    expect(passed).toMatchObject({ model: 'm:latest', usage: { inputTokens: 16, outputTokens: 8 } });
    expect(open({ model: 'm' }).unary(Buffer.from(last('stop', {}))).usage).toMatchObject({
      estimated: true,
    });
  });

  test('that is a stream for a whole one is assembled, as Ollama does it', () => {
    const calls = [call('f', { a: 1 }, 'call_1')];
    const { output } = relay(open({ model: 'm' }).assemble(), [
      line({ thinking: 'H' }),
      line({ thinking: 'm' }),
      line({ content: 'a' }, { logprobs: [{ token: 'a' }] }),
      line({ content: 'b' }, { logprobs: [{ token: 'b' }] }),
      line({ tool_calls: calls }),
      last(),
    ]);
    expect(JSON.parse(output)).toMatchObject({
      model: 'm:latest',
      message: { role: 'assistant', content: 'ab', thinking: 'Hm', tool_calls: calls },
      done: true,
      done_reason: 'stop',
      logprobs: [{ token: 'a' }, { token: 'b' }],
      ...COUNTS,
    });
  });
});
