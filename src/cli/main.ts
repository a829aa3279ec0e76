/** The `laneway` command line: talks to a running gateway, or works on its files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderTypeInfo } from '../protocol/provider-type.ts';
import { PACKAGE_ROOT } from '../util/package-root.ts';
import { readDotEnv } from './dot-env.ts';
import { endProcess } from './end-process.ts';
import { homeFolder } from './home-folder.ts';
import { placesOf } from './places.ts';
import type { CheckProviders } from './ports.ts';
import { processPorts } from './process-ports.ts';
import { reportFault, runCommandLine } from './run.ts';

const places = placesOf({
  packageRoot: PACKAGE_ROOT,
  workingDirectory: process.cwd(),
  variables: process.env,
  platform: process.platform,
  home: homeFolder,
});

/** Loads `.env` like the gateway; variables that are already set take precedence. */
function loadDotEnv(): void {
  for (const [name, value] of Object.entries(readDotEnv(places.dotEnv))) process.env[name] ??= value;
}

function version(): string {
  const manifest = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Loaded only by commands that check configuration files. */
async function providerTypes(): Promise<readonly ProviderTypeInfo[]> {
  const { PROVIDER_TYPES } = await import('../providers/index.ts');
  return PROVIDER_TYPES.map(({ settings }) => settings);
}

/** Trusts the certificates of a NODE_EXTRA_CA_CERTS in `.env`, too, as the gateway does. */
const checkProviders: CheckProviders = async (providers, options) => {
  const extraCa = options.variable('NODE_EXTRA_CA_CERTS') ?? '';
  // An unusable file is a finding of its own: the providers then fail with an unknown CA.
  if (extraCa !== '') (await import('./extra-ca.ts')).trustExtraCa(extraCa);
  const { checkAllTypes } = await import('../providers/index.ts');
  return checkAllTypes(providers, options);
};

/** Ends the process when the reader of a stream has closed it (`| head`); any error message would have no reader. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

endWithReader(process.stdout);
endWithReader(process.stderr);
const ports = processPorts(process.env, places, { providerTypes, checkProviders });
try {
  loadDotEnv();
  await runCommandLine(process.argv.slice(2), ports, version());
} catch (error) {
  reportFault(error, ports);
}
endProcess();
