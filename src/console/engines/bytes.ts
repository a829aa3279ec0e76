/** `1.4 MB`, `308 MB`, `25.3 GB`, in powers of 1000 as the configuration counts; `–` when unknown. */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return '–';
  const size = Math.abs(bytes);
  if (size >= 999.5e6) return `${(bytes / 1e9).toFixed(size < 99.95e9 ? 1 : 0)} GB`;
  if (size < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return `${(bytes / 1e6).toFixed(size < 9.95e6 ? 1 : 0)} MB`;
}
