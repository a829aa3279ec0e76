import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWithOpenAi } from '../support/python.ts';
import * as answers from './answers.ts';
import { FEATURES, type Surroundings } from './features.ts';

/**
 * Runs all features with a Python client, in one process. What became of each, by its name: `ok`, or what was wrong.
 * Rejects when the script cannot run.
 */
export async function runPython(script: string, around: Surroundings): Promise<ReadonlyMap<string, string>> {
  const given = JSON.stringify({ ...around, answers, features: FEATURES });
  const path = join(import.meta.dirname, script);
  const { stdout } = await promisify(execFile)(pythonWithOpenAi ?? 'python3', ['-B', path, given], {
    timeout: 50_000,
  });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { feature: string; fate: string });
  return new Map(lines.map(({ feature, fate }) => [feature, fate]));
}
