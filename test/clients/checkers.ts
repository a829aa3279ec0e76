import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWithOpenAi } from '../support/python.ts';
import { sdkFolder } from '../support/sdks.ts';

/** What a checker found wrong: in which of its tests, and its words. */
export interface Finding {
  readonly test: string;
  readonly words: string;
}

/** A finding that is as it should be. */
export interface Explained extends Pick<Finding, 'test'> {
  readonly words: RegExp;
  readonly why: string;
}

const WAIT = { timeout: 110_000, maxBuffer: 16 * 1024 * 1024 };

/** Runs `llm-comply` (PyPI) for one API. Rejects when it does not report. */
export async function llmComply(url: string, format: string): Promise<Finding[]> {
  const program = 'from llm_comply.cli import main; main()';
  const options = ['--format', format, '-u', `${url}/v1`, '-k', 'sk-fake-client', '-m', 'main', '--json'];
  const report = await outputOf(pythonWithOpenAi ?? 'python3', ['-c', program, ...options]);
  const { results } = JSON.parse(report) as {
    results: { name: string; status: string; errors?: string[]; warnings?: string[] }[];
  };
  return results
    .filter(({ status }) => status !== 'skipped')
    .flatMap(({ name: test, errors = [], warnings = [] }) =>
      [...errors, ...warnings].map((words) => ({ test, words })),
    );
}

/** Runs `compatcanary` (npm) with one of its profiles. Rejects when it does not report. */
export async function compatCanary(url: string, profile: 'chat' | 'modern'): Promise<Finding[]> {
  const program = join(sdkFolder ?? '', 'node_modules', 'compatcanary', 'src', 'cli.js');
  const options = ['scan', '--base-url', `${url}/v1`, '--model', 'main', '--profile', profile];
  const report = await outputOf(process.execPath, [program, ...options, '--format', 'json']);
  const { results } = JSON.parse(report) as { results: { name: string; status: string; summary: string }[] };
  return results
    .filter(({ status }) => status !== 'pass')
    .map(({ name: test, summary: words }) => ({ test, words }));
}

/** Both end with an exit code when they have found something. */
async function outputOf(command: string, options: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, options, WAIT)).stdout;
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    if (stdout === undefined || stdout === '') throw error;
    return stdout;
  }
}

/** The findings that nothing explains, and the explanations of what was not found. */
export function differences(findings: readonly Finding[], explained: readonly Explained[]): object[] {
  const fits = (finding: Finding, each: Explained): boolean =>
    each.test === finding.test && each.words.test(finding.words);
  return [
    ...findings.filter((finding) => !explained.some((each) => fits(finding, each))),
    ...explained.filter((each) => !findings.some((finding) => fits(finding, each))),
  ];
}
