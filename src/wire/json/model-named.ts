import { scanFields } from './scan.ts';

/** The `model` of a body that was rejected, as far as it can be read; null where it names none. */
export function modelNamed(body: Buffer): string | null {
  let model: string | null = null;
  try {
    scanFields(body, (name, cursor) => {
      if (name !== 'model' || !cursor.passString()) return false;
      model = cursor.string();
      return true;
    });
  } catch {
    // What precedes the fault counts.
  }
  return model;
}
