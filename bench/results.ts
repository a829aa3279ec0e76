import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { saturator } from './load-client.ts';
import type { Samples } from './measures.ts';
import { isPinned } from './processes.ts';

/** Where figures come from. */
export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly pinned: boolean;
  readonly saturator: string;
}

/** The samples of one or more runs. */
export interface Results {
  /** When it was written, in ISO 8601. */
  readonly at: string;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly runs: readonly Samples[];
}

/** The machine that this runs on. */
export function thisMachine(): Machine {
  const { node } = process.versions;
  return {
    node,
    cpu: cpus()[0]?.model ?? 'unknown CPU',
    cores: cpus().length,
    pinned: isPinned,
    saturator,
  };
}

/** Writes results to `bench/results/`, into one file for everything that began at that moment; gives its path. */
export function writeResults(began: Date, results: Omit<Results, 'at'>): string {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${began.toISOString().replaceAll(':', '-').slice(0, 19)}.json`);
  writeFileSync(file, JSON.stringify({ at: new Date().toISOString(), ...results }));
  return file;
}

/** Reads what `writeResults` wrote. Throws when it is not that. */
export function readResults(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Partial<Results>;
  if (!Array.isArray(results.runs)) throw new Error(`${file}: not a results file of this bench`);
  return results as Results;
}
