import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandFault, EXIT } from '../exit-codes.ts';

/**
 * Asks on a terminal and returns the line that is typed. `hidden`: it is not shown. Rejects with a `CommandFault` when
 * Ctrl-C or the end of the input comes before.
 */
export function prompt(
  question: string,
  hidden: boolean,
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
): Promise<string> {
  // Readline writes what is typed to its output.
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  output.write(question);
  const lines = createInterface({ input, output: hidden ? nowhere : output, terminal: true });
  return new Promise((resolve, reject) => {
    const stop = (exitCode: number, message: string): void => {
      output.write('\n');
      reject(new CommandFault(exitCode, message));
    };
    lines.once('SIGINT', () => {
      lines.removeAllListeners('close').close();
      stop(EXIT.interrupted, 'interrupted: nothing was changed');
    });
    lines.once('close', () => {
      stop(EXIT.no, 'the input ended: nothing was changed');
    });
    lines.once('line', (line) => {
      lines.removeAllListeners('close').close();
      if (hidden) output.write('\n');
      resolve(line);
    });
  });
}
