import { describe } from 'vitest';

/** A Python interpreter that has the official clients `openai` and `anthropic`, named by `LANEWAY_TEST_PYTHON`; null where none is. */
export const pythonWithOpenAi: string | null = process.env['LANEWAY_TEST_PYTHON'] ?? null;

/** `describe` for tests with the Python client: skipped with the reason in its name where there is none. */
export function describeWithPython(name: string, tests: () => void): void {
  const reason = 'LANEWAY_TEST_PYTHON names no interpreter with the openai package';
  describe.skipIf(pythonWithOpenAi === null)(pythonWithOpenAi === null ? `${name} (${reason})` : name, tests);
}
