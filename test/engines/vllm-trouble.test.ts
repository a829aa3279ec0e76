import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { table, until } from '../support/engines/drivers.ts';
import { freePort } from '../support/engines/engines.ts';
import { signal } from '../support/engines/kills.ts';
import { vllmCommand, vllmSkipReason } from '../support/engines/vllm.ts';
import { post, startProcess, type GatewayProcess } from '../support/process.ts';

const MINUTES = 60_000;
const STEP = { timeout: 5 * MINUTES };
const MODEL = 'v/tiny';

describe.skipIf(vllmSkipReason !== null)(
  `a gateway that starts a real vLLM, and its troubles${vllmSkipReason === null ? '' : ` (${vllmSkipReason})`}`,
  () => {
    let folder: string;
    let url: string;
    let gateway: GatewayProcess;

    const chat = (body: Readonly<Record<string, unknown>>, abort?: AbortSignal): Promise<Response> =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: MODEL,
          messages: [{ role: 'user', content: 'Hi' }],
          max_tokens: 8,
          ...body,
        }),
        ...(abort === undefined ? {} : { signal: abort }),
      });
    const operate = (verb: 'load' | 'unload', body: object = {}): Promise<Response> =>
      post(`${gateway.url}/api/engines/v/models/tiny/${verb}`, body);
    /** A stream of some seconds, once its first content is there; `rest` is the whole of it. */
    const longStream = async (
      abort?: AbortSignal,
    ): Promise<{ readonly rest: Promise<string>; readonly reply: Response }> => {
      const reply = await chat({ stream: true, max_tokens: 900, ignore_eos: true }, abort);
      const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.includes('"content":"')) text += (await reader.read()).value ?? '';
      const rest = async (): Promise<string> => {
        for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
        return text;
      };
      return { rest: rest().catch(() => text), reply };
    };
    const members = async (): Promise<readonly number[]> => {
      const record = readFileSync(join(folder, 'data/engines/v/server.json'), 'utf8');
      const { pid } = JSON.parse(record) as { pid: number };
      return (await table.membersOf(pid)).map((each) => each.pid);
    };
    const running = async (): Promise<number> => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^vllm:num_requests_running\{[^}]*\} (\S+)/m.exec(text)?.[1] ?? NaN);
    };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'laneway-vllm-gateway-'));
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      // It serves one request at once, so that the second one waits in it; and can be made to abort what it serves.
      const start = vllmCommand(folder, port, {
        variables: ['VLLM_SERVER_DEV_MODE=1'],
        options: ['--max-num-seqs', '1'],
      });
      const models = {
        providers: {
          v: { type: 'vllm', base_url: `${url}/v1`, engine: { start, stall_s: 120, stop_s: 10 } },
        },
        models: { [MODEL]: { capabilities: { memory_gb_estimate: 4 } } },
        pools: { local: { budget_gb: 8, reserve_gb: 0, min_residency_s: 0 } },
        lanes: { main: { preferred: [MODEL] } },
        default_lane: 'main',
      };
      const variables = {
        LANEWAY_CONFIG_DIR: join(folder, 'config'),
        LANEWAY_DATA_DIR: join(folder, 'data'),
      };
      gateway = await startProcess({ folder, files: { 'models.json': models }, env: variables });
    });
    afterAll(async () => {
      await (await operate('unload', { force: true })).text();
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    }, MINUTES);

    test('the first request starts it, and waits for it', STEP, async () => {
      const reply = await chat({});
      expect({ status: reply.status, body: await reply.text() }).toMatchObject({ status: 200 });
      expect((await members()).length).toBeGreaterThan(2);
    });

    test('a prompt over its window is 400, and does not count against it', STEP, async () => {
      for (const stream of [false, true]) {
        const messages = [{ role: 'user', content: 'a '.repeat(1_300).trim() }];
        const reply = await chat({ messages, stream });
        expect({ status: reply.status, body: await reply.json() }).toMatchObject({
          status: 400,
          body: { error: { code: 'context_length_exceeded' } },
        });
      }
      expect((await chat({})).status).toBe(200);
    });

    test('a client that leaves ends its request there, streamed or not', STEP, async () => {
      const first = new AbortController();
      await longStream(first.signal);
      expect(await running()).toBe(1);
      first.abort();
      await until(async () => (await running()) === 0);
      const second = new AbortController();
      const unary = chat({ max_tokens: 900, ignore_eos: true }, second.signal).catch(() => null);
      await until(async () => (await running()) === 1);
      second.abort();
      await unary;
      await until(async () => (await running()) === 0);
    });

    test('a request that waits behind its 200 for another one gets its whole reply', STEP, async () => {
      const first = await longStream();
      const began = performance.now();
      const second = await chat({ stream: true });
      const text = await second.text();
      expect(second.status).toBe(200);
      expect(text.match(/"finish_reason":"|"error":/g)).toEqual(['"finish_reason":"']);
      expect(text).toContain('[DONE]');
      expect(performance.now() - began).toBeGreaterThan(500);
      expect((await first.rest).match(/"finish_reason":"|"error":/g)).toEqual(['"finish_reason":"']);
    });

    test('a stream that it aborts ends with an error, not as if it were whole', STEP, async () => {
      const { rest } = await longStream();
      await (await fetch(`${url}/pause?mode=abort`, { method: 'POST' })).text();
      expect((await rest).match(/"finish_reason":"|"error":/g)).toEqual(['"error":']);
      await (await fetch(`${url}/resume`, { method: 'POST' })).text();
      expect((await chat({})).status).toBe(200);
    });

    test(
      'when its engine dies, a stream ends with one error, nothing of it is left, and the next request starts it',
      STEP,
      async () => {
        const { rest } = await longStream();
        const before = await members();
        const engine = before.filter((pid) =>
          readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('EngineCore'),
        );
        expect(engine.length).toBe(1);
        signal(engine, 'SIGKILL');
        expect((await rest).match(/"finish_reason":"|"error":/g)).toEqual(['"error":']);
        await until(async () => (await members()).length === 0, 20_000);
        let reply = await chat({});
        for (let left = 20; reply.status !== 200 && left > 0; left -= 1) {
          await reply.text();
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          reply = await chat({});
        }
        expect({ status: reply.status, body: await reply.text() }).toMatchObject({ status: 200 });
      },
    );

    test(
      'a forced unload ends a stream at once, although its connection falls silent, and all processes',
      STEP,
      async () => {
        const { rest } = await longStream();
        const began = performance.now();
        const reply = await operate('unload', { force: true });
        expect({ status: reply.status, body: await reply.text() }).toMatchObject({ status: 200 });
        expect((await rest).match(/"finish_reason":"|"error":/g)).toEqual(['"error":']);
        expect(performance.now() - began).toBeLessThan(30_000);
        expect(await members()).toEqual([]);
      },
    );
  },
);
