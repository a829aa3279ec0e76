/** A size in megabytes: `12.3 MB`. */
export function sizeText(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Memory of a model or a machine: `812 MB`, `38.5 GB`. */
export function memoryText(bytes: number): string {
  const isSmall = Math.abs(bytes) < 999_500_000;
  return isSmall ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
