import { nearest } from '../../util/nearest.ts';
import { quote, type Path } from '../faults.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';
import type { FileConfig } from '../schema/schema.ts';

/** Shared input and output of the checks on the merged files. */
export interface Check {
  readonly file: FileConfig;
  readonly types: readonly ProviderTypeInfo[];
  /** Providers removed by a layer; references to them are ignored, not faults. */
  readonly removedProviders: ReadonlySet<string>;
  /** Lanes and nodes removed by a layer (`lane:coder`) and its file; the operator's references to them are faults. */
  readonly removedEntries: ReadonlyMap<string, string>;
  /** Adds a fault, attributed to the file that the value at the path came from. */
  report(path: Path, message: string): void;
  /** Whether a faulty value at, above or below this path was removed; then missing values are not reported. */
  isDamaged(path: Path): boolean;
}

/** The end of a fault: the nearest known names as a question, or else all known names if at most 12. */
export function suggestion(wanted: string, known: readonly string[]): string {
  const near = nearest(wanted, known, 2).map(quote);
  if (near.length > 0) return `; did you mean ${near.join(' or ')}?`;
  return known.length > 0 && known.length <= 12 ? `; known: ${known.join(', ')}` : '';
}
