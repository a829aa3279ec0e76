import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWithOpenAi } from '../support/python.ts';
import { sdkFolder } from '../support/sdks.ts';
import * as answers from './answers.ts';
import { FEATURES, seals, summarises, tokensOf, type Feature, type Surroundings } from './features.ts';

/** One client of a script, on an upstream of one wire. */
export interface ScriptRun extends Surroundings {
  /** Its name in the table. */
  readonly client: string;
}

/** What became of a feature: `ok`, or what was wrong; `undefined` if the script did not get that far. */
export type Fates = (run: Pick<ScriptRun, 'client' | 'upstream'>, feature: Feature) => string | undefined;

/**
 * Runs all features of a script's clients on all upstreams in one process: `.py` with the Python of the tests, `.mjs`
 * with this Node and the packages of the SDK folder. Rejects when the script cannot run.
 */
export async function runScript(script: string, runs: readonly ScriptRun[]): Promise<Fates> {
  const facts = runs.map((run) => ({
    ...run,
    seals: seals(run.upstream),
    summarises: summarises(run.upstream),
    tokens: tokensOf(run.upstream),
  }));
  const given = { url: runs[0]?.url, answers, features: FEATURES, runs: facts };
  const fates = new Map<string, string>();
  for (const { client, upstream, feature, fate } of await linesOf(script, given)) {
    fates.set(`${client} ${upstream} ${feature}`, String(fate));
  }
  return ({ client, upstream }, feature) => fates.get(`${client} ${upstream} ${feature}`);
}

/** Runs a script with what it is given; the lines of JSON that it writes. Rejects when it cannot run. */
export async function linesOf(script: string, given: object): Promise<Record<string, unknown>[]> {
  const path = join(import.meta.dirname, script);
  const [command, options] = script.endsWith('.py')
    ? [pythonWithOpenAi ?? 'python3', ['-B']]
    : [process.execPath, ['--import', join(import.meta.dirname, 'sdks', 'from-sdks.mjs')]];
  const { stdout } = await promisify(execFile)(command, [...options, path, JSON.stringify(given)], {
    timeout: 110_000,
    env: { ...process.env, LANEWAY_TEST_SDKS: sdkFolder ?? '' },
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
