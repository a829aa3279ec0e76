/** Where the store says what an operator should know; no message carries a key or a prompt. */
export interface StoreLog {
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}
