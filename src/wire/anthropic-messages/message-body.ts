/** A content block of a Messages body while it is put together. */
export interface Block {
  type: string;
  [key: string]: unknown;
}

/** A turn of a Messages body. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: readonly Block[];
}
