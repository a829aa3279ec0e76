/** What the headers of a reply say; null: nothing. */
export interface ReplyHead {
  readonly requestId: string | null;
  /** `provider/model`. */
  readonly target: string | null;
  readonly node: string | null;
  readonly lane: string | null;
  /** The rule that moved the request to another lane. */
  readonly rule: string | null;
  readonly attempts: number | null;
  readonly generation: number | null;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
}

/** Reads Laneway's headers of a reply. */
export function replyHead(headers: Pick<Headers, 'get'>): ReplyHead {
  const text = (name: string): string | null => {
    const value = headers.get(name);
    return value === null ? null : decoded(value);
  };
  const number = (name: string): number | null => {
    const value = headers.get(name);
    return value === null ? null : Number(value);
  };
  return {
    requestId: text('x-request-id'),
    target: text('x-laneway-target'),
    node: text('x-laneway-node'),
    lane: text('x-laneway-lane'),
    rule: text('x-laneway-rule'),
    attempts: number('x-laneway-attempts'),
    generation: number('x-laneway-generation'),
    warnings: warningsOf(headers.get('x-laneway-warnings')),
  };
}

/** `code=detail, code=detail`; details contain no comma. */
function warningsOf(value: string | null): ReplyHead['warnings'] {
  if (value === null) return [];
  return value.split(', ').map((warning) => {
    const [code = '', ...detail] = warning.split('=');
    return { code, detail: decoded(detail.join('=')) };
  });
}

/** Header values are ASCII; other bytes are percent-encoded. */
export function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A percent sign of its own.
    return value;
  }
}
