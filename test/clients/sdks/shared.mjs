// What the scripts of this folder share: what they are given, and how they report what became of each feature.
import { deepEqual, equal, match, rejects } from 'node:assert/strict';

const { answers, features, runs } = JSON.parse(process.argv[2]);

/** The constants of answers.ts; patterns come as strings. */
export const A = { ...answers, BROKEN: /The server broke off|the reply is incomplete/ };

/** The functions of the table's features by name, each given one run; a line of JSON for each. */
export async function run(functions) {
  deepEqual(Object.keys(functions), features);
  // What clients warn about is not what is tested.
  for (const name of ['log', 'info', 'warn', 'error']) console[name] = () => undefined;
  for (const one of runs) {
    for (const feature of features) {
      const fate = await functions[feature](one).then(
        () => 'ok',
        (error) => String(error),
      );
      const { client, upstream } = one;
      process.stdout.write(`${JSON.stringify({ client, upstream, feature, fate })}\n`);
    }
  }
}

/** What a promise rejects with. */
export async function caught(promise) {
  let error = null;
  await rejects(promise, (reason) => {
    error = reason;
    return true;
  });
  return error;
}

export { deepEqual, equal, match };
