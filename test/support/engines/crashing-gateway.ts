/**
 * Starts what Laneway starts: a router and a process of a template, each with a loaded model, and one more load that
 * has only begun. Prints a line once that is so, and waits to be killed. Arguments: token, folder, llama-server, models.
 */
import { engineEnvironment } from '../../../src/engines/drivers/processes/environment.ts';
import { freeLoopbackPort } from '../../../src/engines/drivers/processes/free-port.ts';
import { TOKEN_VARIABLE } from '../../../src/engines/drivers/processes/orphans.ts';
import { ProcessDriver } from '../../../src/engines/drivers/process-driver.ts';
import { OwnRouter } from '../../../src/engines/drivers/router/own-router.ts';
import { RouterDriver } from '../../../src/engines/drivers/router/router-driver.ts';
import { systemTime } from '../../../src/engines/drivers/timing.ts';
import { httpAt, LLAMA_TEMPLATE, never, serverPorts } from './drivers.ts';

const [token = '', folder = '', program = '', models = ''] = process.argv.slice(2);
const environment = engineEnvironment(process.env, { [TOKEN_VARIABLE]: token });
const list = ['tiny-random', 'smollm2-135m'].map((id) => ({
  id,
  path: `${models}/${id}.gguf`,
  context: 512,
}));
const common = { environment, ports: serverPorts(), onExit: (): void => undefined };
const ignore = (): void => undefined;

const port = await freeLoopbackPort();
const own = new OwnRouter({
  ...{ providerId: 'p', program: [program, '--threads', '1'], host: '127.0.0.1', port, folder, models: list },
  ...common,
});
const router = new RouterDriver({
  ...{ providerId: 'p', http: httpAt(`http://127.0.0.1:${port}`), time: systemTime, own },
  limits: { stallMs: 20_000, stopMs: 5_000 },
});
const processes = new ProcessDriver({
  template: LLAMA_TEMPLATE.map((part) => (part === '{program}' ? program : part)),
  find: (id) => list.find((model) => model.id === id) ?? null,
  freePort: freeLoopbackPort,
  ...common,
});
await router.load({ modelId: 'tiny-random', contextLength: null }, ignore, never);
await processes.load({ modelId: 'tiny-random', contextLength: null }, ignore, never);
void processes.load({ modelId: 'smollm2-135m', contextLength: null }, ignore, never);
setTimeout(() => process.stdout.write('ready\n'), 50);
