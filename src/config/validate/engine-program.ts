/**
 * The program that a command of an engine starts, `env NAME=value …` before it left out; null: it cannot be told, since
 * `env` has options or a placeholder names it.
 */
export function programOf(command: readonly string[]): string | null {
  const isEnv = /(?:^|\/)env$/.test(command[0] ?? '');
  const program = isEnv ? command.slice(1).find((part) => !/^\w+=/.test(part)) : command[0];
  return program === undefined || /^-|[{}]/.test(program) ? null : program;
}
