/**
 * The variables that a started engine gets of Laneway's environment: what a program needs to be found and to run, to
 * know its home and its language, and to reach a container service. Nothing else, so no key of a provider. Others are
 * named in the command itself: `["env", "HSA_ENABLE_SDMA=0", "llama-server", …]`.
 */
const PASSED: readonly string[] = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH'],
  ...['XDG_RUNTIME_DIR', 'XDG_CACHE_HOME', 'DOCKER_HOST'],
  ...['SystemRoot', 'TEMP', 'TMP', 'USERPROFILE', 'LOCALAPPDATA', 'PATHEXT'],
];

/** The environment of a started engine: what it needs of the given one, and what is added. */
export function engineEnvironment(
  given: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of PASSED) {
    const value = given[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...added };
}
