/** What a string does when a client acts on it. */
export type Kind = 'command' | 'code' | 'sql' | 'path' | 'url' | 'host' | 'email' | 'text';

/** Kinds by the main word of the property's name. */
const KINDS: readonly (readonly [Kind, RegExp])[] = [
  ['url', /^(?:ur[li]s?|links?|href|endpoints?|webhooks?|website|site|proxy)$/],
  ['path', /^(?:path(?:s|name)?|file(?:s|name|names|path|paths)?|dir(?:s|name|ectory|ectories)?)$/],
  ['path', /^(?:folders?|cwd|pwd|work(?:dir|space)|root|notebook|glob)$/],
  ['command', /^(?:commands?|cmds?|shell|bash|exec|execute|run|scripts?|arg[sv]|arguments?|program)$/],
  ['sql', /^(?:sql|statements?)$/],
  ['code', /^(?:code|source|snippets?|expressions?|eval|cell|python|py|javascript|js|typescript|ts)$/],
  ['host', /^(?:hosts?|hostname|domains?|servers?)$/],
  ['email', /^e?mails?$/],
];

/** Last words that leave the meaning to the word before them: `file_name`, `command_line`. */
const EMPTY_WORDS = new Set([
  'name',
  'names',
  'line',
  'string',
  'str',
  'list',
  'value',
  'block',
  'body',
  'input',
]);

/** The kind of a string by the name of its property; `text` for every other name. */
export function kindOf(name: string): Kind {
  const words = wordsOfName(name);
  const main = words.findLast((word) => !EMPTY_WORDS.has(word)) ?? '';
  return KINDS.find(([, word]) => word.test(main))?.[0] ?? 'text';
}

/** Switches that keep a tool from acting. */
const GUARDS: readonly RegExp[] = [
  /^(?:is )?(?:dry ?run|preview|read ?only|simulate|test mode)(?: only)?$/,
  /^(?:requires?|needs?|ask(?: for)?) (?:user )?(?:approval|confirmation|permission)$/,
];

/** True for a switch that keeps a tool from acting, such as `dry_run`; it is set even where it is optional. */
export function isGuard(name: string): boolean {
  const words = wordsOfName(name).join(' ');
  return GUARDS.some((guard) => guard.test(words));
}

/** First words of choices that change something. */
const HARMFUL =
  /^(?:delete|remove|destroy|drop|erase|kill|purge|wipe|reset|terminate|uninstall|clear|rm|write|overwrite|replace|force|push|publish|deploy|send|pay|buy|sell|shutdown|reboot|stop|bypass|execute|exec|run)$/;

/** The choices in their order, with those last that change something as far as their names show. */
export function leastHarmful(choices: readonly unknown[]): readonly unknown[] {
  const isHarmful = (choice: unknown): boolean =>
    typeof choice === 'string' && HARMFUL.test(wordsOfName(choice)[0] ?? '');
  return [...choices.filter((choice) => !isHarmful(choice)), ...choices.filter(isHarmful)];
}

/** `file`, `path` of `filePath`, `file_path` and `file-path`. */
export function wordsOfName(name: string): string[] {
  const spaced = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return spaced.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
