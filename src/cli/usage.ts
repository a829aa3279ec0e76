import { parseArgs } from 'node:util';

/** What stands behind `npm start --`. */
export interface StartArguments {
  readonly demo: boolean;
  readonly help: boolean;
}

/** Reads the arguments of the gateway itself. Throws an `Error` whose message is one line for people. */
export function readArguments(args: readonly string[]): StartArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { demo: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    return { demo: values.demo ?? false, help: values.help ?? false };
  } catch (error) {
    const what = error instanceof Error ? (error.message.split(/[.\n]/)[0] ?? '') : 'unknown argument';
    throw new Error(`${what}; there are --demo and --help`, { cause: error });
  }
}

/** What `--help` prints. Every variable, with its default, stands in `.env.example`. */
export function usage(version: string): string {
  return `Laneway ${version}: a routing gateway for language models, on http://127.0.0.1:4600 unless said.

Usage:
  npm start                   start the gateway
  npm start -- --help         print this
  npm run demo                start it with practice models, without keys and engines (--demo)

Files, read at start, on SIGHUP, when they change, and by POST /api/debug/config/reload:
  config/models.json          providers, models, lanes, nodes (or models.yaml; without it the shipped defaults)
  config/user_models.json     your changes, laid over it
  .env                        variables, one NAME=value a line; what the environment says already wins

Variables (all of them, with their defaults: .env.example):
  LANEWAY_HOST, LANEWAY_PORT              where to listen (127.0.0.1, 4600)
  LANEWAY_CONFIG_DIR, LANEWAY_DATA_DIR    where configuration and state lie (config, data)
  LANEWAY_ADMIN_TOKEN                     the operator's token; without it one is made in DATA_DIR/admin.token as soon
                                          as LANEWAY_HOST is not loopback
  LANEWAY_CLIENT_KEYS                     required, or off: the data plane is open for LANEWAY_ALLOWED_HOSTS
  LANEWAY_ALLOWED_HOSTS, LANEWAY_ALLOWED_ORIGINS
                                          hosts and web pages that may call without a key
  LANEWAY_MAX_BODY_MIB                    largest request body (64)
  LANEWAY_PROVIDER_<ID>_URL, _KEY         address and key of a provider
  LANEWAY_LANE_<LANE>_URL, _MODEL, _BACKEND, _MODEL_PATH, _API_KEY
                                          a target in front of a lane's chain
  LANEWAY_LLM_BASE_URL, _MODEL, _BACKEND, _API_KEY, _DEFAULT_LANE
                                          the same for the default lane
  OPENAI_API_KEY, ANTHROPIC_API_KEY, GROQ_API_KEY, XAI_API_KEY
                                          keys that the shipped configuration asks for

Running: /docs describes the API, /api/debug/models shows what every node points at, /ready whether it can serve.
`;
}
