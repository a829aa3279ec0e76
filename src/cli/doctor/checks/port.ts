import { listenProblem, urlHost } from '../../listening.ts';
import { isPortFree, listenObstacle } from '../../own-listener.ts';
import { findPortUser } from '../../port-user.ts';
import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import type { DoctorContext } from '../context.ts';

/** Can the gateway listen on its ports, or does another program have them? */
export const portCheck: Check = {
  name: 'port',
  run: async (context) => [...(await ownPort(context)), ...(await ollamaPort(context))],
};

/** While no gateway runs: one that does has its port. */
async function ownPort({ target, gateway, files }: DoctorContext): Promise<Finding[]> {
  const environment = files?.environment ?? null;
  if (environment === null || gateway !== null || target.isNamed) return [];
  const { host, port } = environment;
  const problem = listenProblem(await listenObstacle(host, port), host, port);
  if (problem === null) return [ok(`${host}:${port} is free`)];
  const isTaken = problem.exitCode === 5 && problem.found.includes('in use');
  const found = isTaken ? `${problem.found} by a program that is not a Laneway` : problem.found;
  const fix = isTaken ? `${problem.advice} (lsof -i :${port} names the program)` : problem.advice;
  return [fault(isTaken ? 'port_taken' : 'address', found, fix)];
}

/** The second port is optional: without it the gateway serves on the first. */
async function ollamaPort({ target, gateway, files }: DoctorContext): Promise<Finding[]> {
  const { host = '', ollamaPort: port = null } = files?.environment ?? {};
  if (port === null || target.isNamed) return [];
  const isOurs =
    gateway === null
      ? await isPortFree(host, port)
      : (await findPortUser(`http://${urlHost(host)}:${port}`)).kind === 'laneway';
  if (isOurs) return [ok(`LANEWAY_OLLAMA_PORT: ${port} is ${gateway === null ? 'free' : 'served'}`)];
  const found = `LANEWAY_OLLAMA_PORT: another program has port ${port}, most likely Ollama itself`;
  return [
    warning('port_taken', found, 'let that program listen elsewhere (OLLAMA_HOST), then restart the gateway'),
  ];
}
