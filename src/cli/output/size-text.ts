/** A size in megabytes: `12.3 MB`. */
export function sizeText(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Memory of a model or a machine: `1.4 MB`, `812 MB`, `38.5 GB`. */
export function memoryText(bytes: number): string {
  const size = Math.abs(bytes);
  if (size >= 999.5e6) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${(bytes / 1e6).toFixed(size > 0 && size < 9.95e6 ? 1 : 0)} MB`;
}
