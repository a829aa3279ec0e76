import type { Output } from '../output/output.ts';
import { pairLines } from '../output/wrap.ts';
import type { Severity } from './check.ts';
import type { NamedFinding } from './run-checks.ts';

/** The result of `laneway doctor`. */
export interface DoctorReport {
  readonly url: string;
  /** The version of the gateway that answers; null: the files were checked without one. */
  readonly gateway: string | null;
  readonly faults: number;
  readonly warnings: number;
  /** The worst first. */
  readonly findings: readonly NamedFinding[];
}

const ORDER: readonly Severity[] = ['fault', 'warning', 'ok'];

/** Sorts findings by how bad they are, and counts them. */
export function reportOf(
  url: string,
  gateway: string | null,
  findings: readonly NamedFinding[],
): DoctorReport {
  const count = (severity: Severity): number => findings.filter((each) => each.severity === severity).length;
  const sorted = ORDER.flatMap((severity) => findings.filter((each) => each.severity === severity));
  return { url, gateway, faults: count('fault'), warnings: count('warning'), findings: sorted };
}

/** The findings for people, with what to do below each. */
export function reportLines({ faults, warnings, findings }: DoctorReport, out: Output): string[] {
  const { good, warning, bad, accent } = out.colors;
  const color = { fault: bad, warning, ok: good };
  const nameWidth = Math.max(...findings.map(({ check }) => check.length));
  const pairs = findings.flatMap(({ check, severity, found, fix }, index) => {
    const next = findings[index + 1];
    // Several findings with one remedy: it follows the last of them.
    const isShown = fix !== null && !(next?.check === check && next.fix === fix);
    const name = `${color[severity](severity.padEnd('warning'.length))}  ${check.padEnd(nameWidth)}`;
    return [[name, found] as const, ...(isShown ? [['', accent(`→ ${fix}`)] as const] : [])];
  });
  return [...pairLines(pairs, out.width), '', summary(faults, warnings, out)];
}

function summary(faults: number, warnings: number, out: Output): string {
  const { good, bad, warning } = out.colors;
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  if (faults === 0 && warnings === 0) return good('nothing is wrong');
  const worst = faults === 0 ? warning('no faults') : bad(count(faults, 'fault'));
  return warnings === 0 ? worst : `${worst}, ${count(warnings, 'warning')}`;
}
