import type { Command } from 'commander';
import { gatewayAddress, type GatewayAddress } from './client/address.ts';
import { GatewayClient } from './client/gateway-client.ts';
import { findToken, type FoundToken } from './client/token.ts';
import { Output, type OutputOptions } from './output/output.ts';
import type { CommandPorts } from './ports.ts';

/** Options that every command has. */
interface GlobalOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly color?: boolean;
  readonly url?: string;
  readonly token?: string;
}

/** What a command works with. */
export interface Session {
  readonly out: Output;
  readonly client: GatewayClient;
  /** The token that the client sends; null: none was found. */
  readonly token: FoundToken | null;
  readonly address: GatewayAddress;
  /** As in `CommandPorts`, unless the options leave it out. */
  readonly showProgress: CommandPorts['showProgress'];
  /** Standard error is a terminal, and the options do not leave progress out. */
  readonly showsProgress: boolean;
}

/** The output of a command, for those that call no gateway. */
export function outputOf(command: Command, ports: CommandPorts): Output {
  return new Output(outputOptions(command), ports);
}

/** The output of a command, and a client of the gateway that its options name. Throws a `CommandFault` (2). */
export function openSession(command: Command, ports: CommandPorts): Session {
  const { url, token: option } = command.optsWithGlobals<GlobalOptions>();
  const { variables, dataDirectory } = ports;
  const address = gatewayAddress(url, variables);
  const token = findToken({ option, variables, dataDirectory, address });
  const { quiet, color } = outputOptions(command);
  const isPlain = quiet || !color;
  const showProgress = isPlain ? (): (() => void) => () => undefined : ports.showProgress;
  return {
    out: outputOf(command, ports),
    client: new GatewayClient({ url: address.url, token: token?.token ?? null, showProgress }),
    token,
    address,
    showProgress,
    showsProgress: ports.terminal.progress && !isPlain,
  };
}

function outputOptions(command: Command): OutputOptions {
  const { json = false, quiet = false, color = true } = command.optsWithGlobals<GlobalOptions>();
  return { json, quiet, color };
}
