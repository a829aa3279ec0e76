import { hostKind } from '../../util/network-address.ts';
import type { ProviderConfig } from '../config.ts';
import { programOf } from './engine-program.ts';

/** The ports that servers listen on without `--port`. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'llama-server': 8080, vllm: 8000 };

/** The port may stand in a variable or a file, too. */
const PORT_ELSEWHERE = /^LLAMA_ARG_PORT=|^--config(?:=|$)/;

/** One line for each `engine.start` whose server listens on another port than that of the provider's address. */
export function startPortWarnings(providers: Readonly<Record<string, ProviderConfig>>): string[] {
  return Object.entries(providers).flatMap(([id, { enabled, base_url: url, engine }]) => {
    const { start = [], manage } = engine ?? {};
    const { hostname, port } = new URL(url);
    const wanted = port === '' ? '80' : port;
    const isMeant = enabled && manage !== 'none' && hostKind(hostname) === 'loopback';
    const listens = isMeant ? portOf(start) : null;
    if (listens === null || listens.port === wanted) return [];
    const how = listens.isWritten ? 'has' : 'without "--port" means';
    return [
      `providers.${id}.engine.start: ${how} port ${listens.port}, but base_url has ${wanted}; write "--port", "${wanted}", or correct base_url`,
    ];
  });
}

/** The port that a command's server listens on; null if it cannot be determined. */
function portOf(command: readonly string[]): { readonly port: string; readonly isWritten: boolean } | null {
  const program = programOf(command)?.split(/[/\\]/).at(-1) ?? '';
  const usual = Object.hasOwn(DEFAULT_PORTS, program) ? DEFAULT_PORTS[program] : undefined;
  if (usual === undefined || command.some((part) => PORT_ELSEWHERE.test(part))) return null;
  const at = command.lastIndexOf('--port');
  const written =
    at >= 0 ? command[at + 1] : command.findLast((part) => part.startsWith('--port='))?.slice(7);
  return written === undefined
    ? { port: String(usual), isWritten: false }
    : { port: written, isWritten: true };
}
