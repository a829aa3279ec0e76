import type { DoctorContext } from './context.ts';

/** How bad a finding is: something does not work, may not work, or is as it should be. */
export type Severity = 'fault' | 'warning' | 'ok';

/** What a check has found. */
export interface Finding {
  readonly severity: Severity;
  /** The symptom in one word, for scripts: `port_taken`; null: nothing is wrong. */
  readonly code: string | null;
  /** What was found, with its data. Never contains a key. */
  readonly found: string;
  /** How to fix it, in one sentence; null: nothing is wrong. */
  readonly fix: string | null;
}

/** One group of symptoms. */
export interface Check {
  /** A word for the first column of the table. */
  readonly name: string;
  /** Changes nothing. */
  readonly run: (context: DoctorContext) => readonly Finding[] | Promise<readonly Finding[]>;
}

/** Something does not work. */
export function fault(code: string, found: string, fix: string): Finding {
  return { severity: 'fault', code, found, fix };
}

/** Something may not work, or not as it was meant. */
export function warning(code: string, found: string, fix: string): Finding {
  return { severity: 'warning', code, found, fix };
}

/** Something is as it should be. */
export function ok(found: string): Finding {
  return { severity: 'ok', code: null, found, fix: null };
}
