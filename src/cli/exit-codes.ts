/** Exit codes of `laneway`, besides 3 and 4, which a `StoreFault` has. */
export const EXIT = {
  /** The gateway, or a check, answered no. */
  no: 1,
  /** Unknown commands and options, as shells use it, and invalid configuration. */
  usage: 2,
  /** No gateway answers at the address. */
  noGateway: 6,
  /** A stream that Ctrl-C ended, as shells report it. */
  interrupted: 130,
} as const;

/** A command cannot do what it was asked to. The message is one line for the terminal. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault';
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A fault of the command line itself: exit code 2. */
export function usageFault(message: string): CommandFault {
  return new CommandFault(EXIT.usage, message);
}
