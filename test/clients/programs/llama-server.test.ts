import { join } from 'node:path';

import { describeWithEngine, startLlama } from '../../support/engines/engines.ts';
import { startProcess } from '../../support/process.ts';
import { describePrograms, type Running } from './describe-programs.ts';

const TEMPLATE = join(import.meta.dirname, '..', '..', 'support', 'engines', 'programs.jinja');
/** Programs send 15,000 tokens and more. The model was trained with 8,192; its template shows it some hundred. */
const WINDOW = '65536';

describeWithEngine('with a real llama-server', () => {
  describePrograms({ place: 'llama-server', start, answer: /\w/ });
});

/** The shipped lanes, with the address of this llama-server. */
async function start(): Promise<Running> {
  const engine = await startLlama({
    model: 'smollm2-135m',
    args: [
      ...['--jinja', '--chat-template-file', TEMPLATE, '-np', '1', '-c', WINDOW],
      ...['--override-kv', `llama.context_length=int:${WINDOW}`],
      ...['-n', '200', '--temp', '0'],
    ],
  });
  const gateway = await startProcess({
    files: {
      'user_models.json': {
        providers: {
          llamacpp: { base_url: engine.url },
          vllm: { enabled: false },
          ollama: { enabled: false },
        },
        // a small model may repeat itself, and programs permit it thousands of tokens
        models: { 'llamacpp/smollm2-135m': { capabilities: { max_output_tokens: 200 } } },
        lanes: { coder: { params: { temperature: 0 } } },
      },
    },
  });
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await engine.stop();
  };
  return { url: gateway.url, stop };
}
