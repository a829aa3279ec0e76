/**
 * A state directory that the gateway must not start on. `message` is one line for the terminal; `exitCode` is 3 when
 * the state file is refused and 4 when another gateway holds the directory (DESIGN section 9).
 */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  readonly exitCode: 3 | 4;

  constructor(exitCode: 3 | 4, message: string) {
    super(message.replaceAll(/\s+/g, ' '));
    this.exitCode = exitCode;
  }
}

/** The fault of a state file that is refused: `what` is wrong with `path`, and how to put a copy in its place. */
export function refusedFile(path: string, what: string): StoreFault {
  return new StoreFault(
    3,
    `${path} ${what}. It was left as it is. To restore a copy: stop the gateway, move ${path}, ${path}-wal and ` +
      `${path}-shm aside, then run: cp COPY ${path}`,
  );
}

/** The fault of a second gateway on the same state directory. */
export function directoryInUse(directory: string, lock: string): StoreFault {
  return new StoreFault(
    4,
    `${directory} is in use by another gateway (it holds ${lock}): stop that one, or set LANEWAY_DATA_DIR to ` +
      'another directory',
  );
}
