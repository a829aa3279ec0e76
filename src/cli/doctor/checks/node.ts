import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IS_CHECKOUT, PACKAGE_ROOT } from '../../../util/package-root.ts';
import { fault, ok, type Check, type Finding } from '../check.ts';

/** Is Node new enough? The launcher refuses an older one before this; a service may start the files directly. */
export const nodeCheck: Check = {
  name: 'node',
  run: ({ nodeVersion }) => [nodeFinding(nodeVersion)],
};

function nodeFinding(version: string): Finding {
  const least = leastVersion();
  if (!isOlder(version, least)) return ok(`Node ${version}`);
  const fix = IS_CHECKOUT
    ? 'run npm ci, which installs the Node that Laneway is tested with, and start it with npm start'
    : `install Node ${least} or newer, from https://nodejs.org or your system, and name it in the service that starts Laneway`;
  return fault('node_too_old', `Node ${version} is too old: Laneway needs ${least} or newer`, fix);
}

/** `22.19` of `"engines": {"node": ">=22.19"}`. */
function leastVersion(): string {
  const manifest = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  const { engines } = JSON.parse(manifest) as { engines: { node: string } };
  return engines.node.replace(/^>=/, '');
}

function isOlder(version: string, least: string): boolean {
  const [have, need] = [version, least].map((each) => each.split('.').map(Number));
  const [major = 0, minor = 0] = have ?? [];
  const [leastMajor = 0, leastMinor = 0] = need ?? [];
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
