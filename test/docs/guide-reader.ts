import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { chunks, completion } from '../support/gateway.ts';
import { json, sse } from '../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../support/fake-upstream.ts';
import { startProcess, type GatewayProcess } from '../support/process.ts';
import { ROOT, type Block } from './pages.ts';
import { output } from './typed.ts';

/** The addresses that the pages write. */
const GATEWAY = 'http://127.0.0.1:4600';
const VLLM = 'http://127.0.0.1:8000';
const BOX = 'http://127.0.0.1:8001';

/** The keys that `box` accepts: the present one and the next. */
const BOX_KEYS = ['box-fake-key-0123456789', 'box-fake-key-9876543210'] as const;

/** A reader of a guide, in a folder of their own, with a gateway, a vLLM of two models and a server that needs a key. */
export class GuideReader {
  readonly #folder: string;
  readonly #upstreams: readonly FakeUpstream[];
  #gateway: GatewayProcess | null = null;

  private constructor(folder: string, upstreams: readonly FakeUpstream[]) {
    this.#folder = folder;
    this.#upstreams = upstreams;
  }

  /** Starts a gateway with this text as `config/user_models.json`. */
  static async start(configuration: string): Promise<GuideReader> {
    const vllm = await startFakeUpstream((request) => answer(request, ['qwen3-8b', 'qwen3-32b']));
    const box = await startFakeUpstream((request) =>
      BOX_KEYS.some((key) => request.headers['authorization'] === `Bearer ${key}`)
        ? answer(request, ['llama-3.3-70b'])
        : json(401, { error: { message: 'Incorrect API key provided' } }),
    );
    const reader = new GuideReader(mkdtempSync(join(tmpdir(), 'laneway-guide-')), [vllm, box]);
    reader.#write('key.txt', BOX_KEYS[0]);
    reader.#write('new-key.txt', BOX_KEYS[1]);
    reader.#write('config/user_models.json', configuration.replaceAll(VLLM, vllm.url));
    const laneway = join(ROOT, 'scripts', 'laneway.mjs');
    reader.#write('bin/laneway', `#!/bin/sh\nexec '${process.execPath}' '${laneway}' "$@"\n`, 0o755);
    await reader.#startGateway();
    return reader;
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop();
    for (const upstream of this.#upstreams) await upstream.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Does what a block asks for: writes its file (role `file PATH`), or runs its commands and returns their output; those
   * of the role `stopped` while the gateway is stopped.
   */
  async follow({ role, text }: Block): Promise<string> {
    const [, file] = /^file (.+)$/.exec(role) ?? [];
    if (file === undefined) return role === 'stopped' ? this.#whileStopped(text) : this.#run(text);
    this.#write(file, this.#here(text));
    return '';
  }

  async #run(text: string): Promise<string> {
    const printed = await output('sh', ['-ec', this.#here(text)], this.#folder, {
      PATH: `${join(this.#folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      HOME: this.#folder,
      LANEWAY_URL: this.#gateway?.url ?? '',
      NO_COLOR: '1',
    });
    return this.#addresses().reduce((shown, [page, here]) => shown.replaceAll(here, page), printed);
  }

  /** As after a night: there is a backup. */
  async #whileStopped(text: string): Promise<string> {
    this.#gateway?.child.kill('SIGTERM');
    await this.#gateway?.exit;
    this.#write(
      'data/backups/laneway-20260101T030000Z.db',
      readFileSync(join(this.#folder, 'data/laneway.db')),
    );
    const printed = await this.#run(text);
    await this.#startGateway();
    return printed;
  }

  async #startGateway(): Promise<void> {
    this.#gateway = await startProcess({ folder: this.#folder });
  }

  #here(text: string): string {
    return this.#addresses().reduce((shown, [page, here]) => shown.replaceAll(page, here), text);
  }

  /** What the page writes, and what it is here. */
  #addresses(): readonly (readonly [string, string])[] {
    const [vllm, box] = this.#upstreams.map(({ url }) => url);
    return [
      [GATEWAY, this.#gateway?.url ?? GATEWAY],
      [VLLM, vllm ?? VLLM],
      [BOX, box ?? BOX],
    ];
  }

  #write(path: string, content: string | Buffer, mode = 0o600): void {
    const file = join(this.#folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
  }
}

/** An OpenAI-compatible server that says hello. */
function answer(request: FakeRequest, models: readonly string[]): Reply {
  if (request.method === 'GET') {
    return json(200, { object: 'list', data: models.map((id) => ({ id, object: 'model' })) });
  }
  const { model, stream } = request.json() as { readonly model: string; readonly stream?: boolean };
  if (stream === true) {
    const events = chunks('Hello.').map((event) => event.replace('"model":"m"', `"model":"${model}"`));
    return sse([...events, '[DONE]']);
  }
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
  return json(200, { ...completion('Hello.'), model, usage });
}
