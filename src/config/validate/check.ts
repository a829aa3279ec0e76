import { nearest } from '../../util/nearest.ts';
import { quote, type Path } from '../faults.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';
import type { FileConfig } from '../schema/schema.ts';

/** What the checks of the merged files share. */
export interface Check {
  readonly file: FileConfig;
  readonly types: readonly ProviderTypeInfo[];
  /** Providers that a layer took away: what names them is passed over, not faulty. */
  readonly removedProviders: ReadonlySet<string>;
  /** Adds a fault; the file is the one that the value at the path came from. */
  report(path: Path, message: string): void;
  /** Was something at or below this path already faulty, and left out? Then nothing is said of what is missing. */
  isDamaged(path: Path): boolean;
}

/** The nearest known names as a question, else all of them when they are few. */
export function advice(wanted: string, known: readonly string[]): string {
  const near = nearest(wanted, known, 2).map(quote);
  if (near.length > 0) return `; did you mean ${near.join(' or ')}?`;
  return known.length > 0 && known.length <= 12 ? `; there are ${known.join(', ')}` : '';
}
