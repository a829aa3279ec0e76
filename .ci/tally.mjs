// Adds up vitest's JSON reports: `node .ci/tally.mjs REPORT…` prints `PASSED FAILED` on standard output, and what
// is still skipped or failed on standard error, what failed last. A test in several reports counts once; failed in any
// is failed.
// With `--skipped` first it prints the files that hold skipped tests instead, one a line.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const wantsSkipped = process.argv[2] === '--skipped';
const passed = new Set();
/** What failed, with the first lines of why. */
const failed = new Map();
/** Skipped tests by file, from the last report that holds the file: names may tell why they were skipped. */
const skipped = new Map();

/** The start of a message, in one line: whole ones stand where the tests ran. */
const shortened = (message = '') => message.replaceAll(/\s+/g, ' ').slice(0, 600);

for (const report of process.argv.slice(wantsSkipped ? 3 : 2)) {
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const path = relative(process.cwd(), file.name);
    const having = (...statuses) =>
      file.assertionResults
        .filter((each) => statuses.includes(each.status))
        .map((each) => `${path}: ${each.fullName}`);
    for (const test of having('passed')) passed.add(test);
    for (const { fullName, status, failureMessages } of file.assertionResults)
      if (status === 'failed') failed.set(`${path}: ${fullName}`, shortened(failureMessages?.join('\n')));
    // a file that cannot be loaded has no tests, a hook that fails no failed one
    if (file.status === 'failed' && having('failed').length === 0) failed.set(path, shortened(file.message));
    skipped.set(
      path,
      file.assertionResults
        .map((each) => `${path}: ${each.fullName}`)
        .filter((test) => !passed.has(test) && !failed.has(test)),
    );
  }
}

if (wantsSkipped) {
  for (const [path, tests] of skipped) if (tests.length > 0) console.log(path);
} else {
  for (const test of [...skipped.values()].flat()) console.error(`skipped  ${test}`);
  for (const [test, why] of failed) console.error(`failed   ${test}\n         ${why}`);
  console.log(`${[...passed].filter((test) => !failed.has(test)).length} ${failed.size}`);
}
