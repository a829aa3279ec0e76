import type { Command } from 'commander';
import { nearest } from '../util/nearest.ts';

const alone = new WeakSet<Command>();

/** Whether `runsAlone` was called for a command: it takes any word, and refuses the unknown ones itself. */
export function isAlone(command: Command): boolean {
  return alone.has(command);
}

/**
 * Lets a command with subcommands run an action by itself: `laneway providers` lists them. A word that is none of its
 * subcommands is still refused, with the nearest.
 */
export function runsAlone(group: Command, action: () => Promise<void>): void {
  alone.add(group);
  group.action(async () => {
    const [unknown] = group.args;
    if (unknown !== undefined) refuseUnknown(group, unknown);
    await action();
  });
}

function refuseUnknown(group: Command, unknown: string): never {
  const known = group.commands.map((each) => each.name());
  const [near] = nearest(unknown, known, 1);
  const advice = near === undefined ? `known: ${known.join(', ')}` : `Did you mean ${near}?`;
  group.error(`error: unknown command '${unknown}'\n(${advice})`, { code: 'commander.unknownCommand' });
}
