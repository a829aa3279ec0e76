import { Command } from 'commander';
import { withExamples } from '../examples.ts';

/** `laneway start`: listed for the help; the launcher (`scripts/laneway.mjs`) runs it itself. */
export function startCommand(): Command {
  return withExamples(
    new Command('start').description('start the gateway, as laneway alone does (options: start --help)'),
    'laneway start',
  );
}

/** `laneway demo`, as `startCommand`. */
export function demoCommand(): Command {
  return withExamples(
    new Command('demo').description('start it with practice models, without keys or engines'),
    'laneway demo',
  );
}
