import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One instruction of the Dockerfile. */
export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** A stage with its instructions. */
export interface Stage {
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

const path = join(import.meta.dirname, '..', '..', 'Dockerfile');

/** The stages of the Dockerfile, in order; lines that go on are joined. */
export function readStages(): Stage[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { name: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (word === 'FROM') stages.push({ name: / AS (\w+)$/.exec(rest)?.[1] ?? '', instructions: [] });
    else stages.at(-1)?.instructions.push({ word, rest });
  }
  return stages;
}

/** All values of one instruction in a stage. */
export function valuesOf(stage: Stage | undefined, word: string): string[] {
  return (stage?.instructions ?? []).filter((each) => each.word === word).map(({ rest }) => rest);
}

/** `ENV A=b C=d` as a record. */
export function environmentOf(stage: Stage | undefined): Record<string, string> {
  const pairs = valuesOf(stage, 'ENV').flatMap((line) => line.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
}
