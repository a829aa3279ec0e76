import type { FastifyInstance } from 'fastify';

import { isPortInUse, listenError, urlHost } from '../cli/listening.ts';
import { isPortFree } from '../cli/own-listener.ts';
import { findPortUser } from '../cli/port-user.ts';
import type { Environment } from '../config/environment/process-settings.ts';
import type { OllamaListener } from '../http/ollama-listener.ts';
import type { Log } from '../protocol/log.ts';

/** What listens: the gateway's server, and its second port for Ollama's clients. */
export interface Listeners {
  readonly server: FastifyInstance;
  readonly ollama: OllamaListener;
}

/** Listens on the gateway's own port. Rejects with a `ListenError` that says what to do. */
export async function listen(
  { server }: Pick<Listeners, 'server'>,
  { host, port }: Environment,
): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const user = isPortInUse(error) ? await findPortUser(`http://${urlHost(host)}:${port}`) : undefined;
    throw listenError(error, host, port, user);
  }
}

/** The configured second port; null, with a warning, when another program has it: most likely Ollama itself. */
export async function usableOllamaPort({ host, ollamaPort }: Environment, log: Log): Promise<number | null> {
  if (ollamaPort === null || (await isPortFree(host, ollamaPort))) return ollamaPort;
  log.warn(
    {},
    `LANEWAY_OLLAMA_PORT: port ${ollamaPort} is in use, most likely by Ollama; Laneway serves Ollama's clients on LANEWAY_PORT only: stop the other program or let it listen elsewhere (OLLAMA_HOST), then restart`,
  );
  return null;
}

/** Opens the second port. Without it the gateway still serves everything on the first. */
export async function listenForOllama(
  { server, ollama }: Listeners,
  host: string,
  port: number,
  log: Log,
): Promise<void> {
  try {
    await ollama.listen(server.server, host, port);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.warn(
      {},
      `LANEWAY_OLLAMA_PORT: cannot listen (${why}); Ollama's clients are served on LANEWAY_PORT only`,
    );
  }
}
