import { warning, type Check, type Finding } from './check.ts';
import type { DoctorContext } from './context.ts';

/** A finding with the name of its check. */
export interface NamedFinding extends Finding {
  readonly check: string;
}

/** Longest wait for one check, in ms: a network file system may never answer. */
const CHECK_MS = 5_000;

/** Runs the checks at once. Never rejects: one that fails, or does not end, is a warning. */
export async function runChecks(checks: readonly Check[], context: DoctorContext): Promise<NamedFinding[]> {
  const results = await Promise.all(
    checks.map(async (check) => {
      const findings = await runCheck(check, context);
      return findings.map((finding) => ({ check: check.name, ...finding }));
    }),
  );
  return results.flat();
}

async function runCheck(check: Check, context: DoctorContext): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => {
      resolve([notDone(`did not end within ${CHECK_MS / 1000} s`)]);
    }, CHECK_MS);
  });
  try {
    return await Promise.race([check.run(context), late]);
  } catch (error) {
    return [notDone(`failed (${error instanceof Error ? error.message : String(error)})`)];
  } finally {
    clearTimeout(timer);
  }
}

function notDone(what: string): Finding {
  return warning('not_checked', `this check ${what}`, 'run laneway doctor again');
}
