import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { IS_CHECKOUT } from '../util/package-root.ts';
import type { Places } from './places.ts';

/** The arguments after `npm start --`. */
export interface StartArguments {
  readonly demo: boolean;
  readonly help: boolean;
}

/** Parses the arguments of the gateway. Throws an `Error` with a one-line message. */
export function readArguments(args: readonly string[]): StartArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { demo: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    return { demo: values.demo ?? false, help: values.help ?? false };
  } catch (error) {
    const what = error instanceof Error ? (error.message.split(/[.\n]/)[0] ?? '') : 'unknown argument';
    throw new Error(`${what}; known options: --demo, --help`, { cause: error });
  }
}

const COMMANDS = IS_CHECKOUT
  ? `  npm start                   start the gateway
  npm start -- --help         print this help
  npm run demo                start with practice models, without keys or engines (--demo)`
  : `  laneway, laneway start      start the gateway
  laneway start --help        print this help
  laneway demo                start with practice models, without keys or engines
  laneway --help              list the other commands`;

/** The path in a column of its own, which a long one leaves. */
const file = (directory: string, name: string): string => join(directory, name).padEnd(27);

/** The output of `--help`. `.env.example` lists every variable with its default. */
export function usage(version: string, { config, data, dotEnv }: Places): string {
  return `Laneway ${version}: a routing gateway for language models, by default on http://127.0.0.1:4600.

Usage:
${COMMANDS}

Files, read at start, on SIGHUP, when they change, and by POST /api/debug/config/reload:
  ${file(config, 'models.json')} providers, models, lanes, nodes (or models.yaml; default: the shipped configuration)
  ${file(config, 'user_models.json')} your changes, merged over it
  ${dotEnv.padEnd(27)} variables, one NAME=value per line; variables of the environment take precedence

Variables (all of them, with their defaults: .env.example):
  LANEWAY_HOST, LANEWAY_PORT              where to listen (127.0.0.1, 4600)
  LANEWAY_OLLAMA_PORT                     a second port, for Ollama's clients (none; Ollama's own is 11434)
  LANEWAY_CONFIG_DIR, LANEWAY_DATA_DIR    directories of configuration and state (${config}, ${data})
  LANEWAY_ADMIN_TOKEN                     the admin token; if unset and LANEWAY_HOST is not loopback, a token is
                                          created in DATA_DIR/admin.token
  LANEWAY_MASTER_KEY                      encrypts stored keys, 32 bytes in hex or base64; if unset, one is created
                                          in DATA_DIR/master.key
  LANEWAY_CLIENT_KEYS                     required, or off: the data plane is open to LANEWAY_ALLOWED_HOSTS
  LANEWAY_ALLOWED_HOSTS, LANEWAY_ALLOWED_ORIGINS
                                          hosts and web pages that may call without a key
  LANEWAY_URL                             the gateway that the command line calls
  LANEWAY_MAX_BODY_MIB                    largest request body (64)
  LANEWAY_LOG_FORMAT                      json or text (text on a terminal, else json)
  LANEWAY_PROVIDER_<ID>_URL, _KEY         address and key of a provider
  LANEWAY_LANE_<LANE>_URL, _MODEL, _BACKEND, _MODEL_PATH, _API_KEY
                                          the first target of a lane
  LANEWAY_LLM_BASE_URL, _MODEL, _BACKEND, _API_KEY, _DEFAULT_LANE
                                          the same for the default lane
  OPENAI_API_KEY, ANTHROPIC_API_KEY, GROQ_API_KEY, XAI_API_KEY
                                          API keys used by the shipped configuration
  HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS
                                          proxy for cloud providers, its exceptions, and a PEM file of private CAs

While running: /docs describes the API, /api/debug/models shows all assignments, /ready the readiness.
`;
}
