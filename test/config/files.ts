import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { ConfigFaults } from '../../src/config/faults.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { ProviderTypeInfo } from '../../src/protocol/provider-type.ts';
import { demoType } from '../../src/providers/demo/settings.ts';
import { PROVIDER_TYPES as TYPES } from '../../src/providers/index.ts';

/** The facts of the provider types, as `app.ts` passes them to the configuration. */
export const PROVIDER_TYPES: readonly ProviderTypeInfo[] = TYPES.map(({ settings }) => settings);

/** Known only to `npm run demo`. */
export const DEMO_TYPE: ProviderTypeInfo = demoType('http://127.0.0.1:9/v1').settings;

/** The package's own `config/`. */
export const SHIPPED = join(import.meta.dirname, '..', '..', 'config');

/** Content of a file: text and bytes unchanged, objects as JSON. */
export type FileContent = string | Uint8Array | object;

/** The files of a test; `shipped` replaces the package's own `models.json`. */
export interface Files {
  readonly models?: FileContent;
  /** `models.yaml`, as text. */
  readonly yaml?: string;
  readonly user?: FileContent;
  readonly shipped?: FileContent;
}

/** Variables of a test; the real environment is ignored. */
export type Variables = Readonly<Record<string, string>>;

/** Loads files from a temporary directory, which is removed afterwards. */
export function load(files: Files, environment: Variables = {}): Promise<Config> {
  return inDirectory(files, (root) => loadFrom(root, files, environment));
}

function loadFrom(root: string, files: Files, environment: Variables): Promise<Config> {
  return loadConfig({
    directory: join(root, 'config'),
    shippedDirectory: files.shipped === undefined ? SHIPPED : join(root, 'shipped'),
    providerTypes: PROVIDER_TYPES,
    environment,
  });
}

/** The faults of files as lines, without the temporary directory: `config/models.json: lanes.x: …`. */
export function faultLines(files: Files, environment: Variables = {}): Promise<string[]> {
  return inDirectory(files, async (root) => {
    const lines = await linesOf(loadFrom(root, files, environment));
    return lines.map((line) => line.replaceAll(`${root}/`, ''));
  });
}

/** The faults of a load, one line each; empty when it succeeds. */
export async function linesOf(loading: Promise<Config>): Promise<string[]> {
  try {
    await loading;
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    return error.message.split('\n');
  }
  return [];
}

/** A temporary directory with `config/` in it for as long as `use` takes. */
export async function inDirectory<Result>(
  files: Files,
  use: (root: string) => Result | Promise<Result>,
): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), 'laneway-config-'));
  try {
    mkdirSync(join(root, 'config'));
    mkdirSync(join(root, 'shipped'));
    write(join(root, 'config', 'models.json'), files.models);
    write(join(root, 'config', 'models.yaml'), files.yaml);
    write(join(root, 'config', 'user_models.json'), files.user);
    write(join(root, 'shipped', 'models.json'), files.shipped);
    return await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function write(path: string, content: FileContent | undefined): void {
  if (content === undefined) return;
  const raw = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(path, raw ? content : JSON.stringify(content));
}
