/**
 * The program that an engine's command starts, behind a leading `env NAME=value …`; null if it cannot be determined,
 * because `env` has options or a placeholder names the program.
 */
export function programOf(command: readonly string[]): string | null {
  const isEnv = /(?:^|\/)env$/.test(command[0] ?? '');
  const program = isEnv ? command.slice(1).find((part) => !/^\w+=/.test(part)) : command[0];
  return program === undefined || /^-|[{}]/.test(program) ? null : program;
}
