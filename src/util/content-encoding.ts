/** The encoding that a `content-encoding` header declares, in lower case; null: the body is not compressed. */
export function declaredEncoding(header: string | null | undefined): string | null {
  const encoding = header?.trim().toLowerCase() ?? '';
  return encoding === '' || encoding === 'identity' ? null : encoding;
}
