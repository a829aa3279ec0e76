/** What was found, and what to do about it. */
export interface Advised {
  readonly found: string;
  /** null: the message has no advice. */
  readonly fix: string | null;
}

const DID_YOU_MEAN = /^(?<found>.*); did you mean "?(?<name>[^"?]+?)"?\?$/;
/** `…: set X`, `…; check Y`, `… (set "local": true …)`. */
const IMPERATIVE =
  /^(?<found>.*?)(?:[:;] | \()(?<fix>(?:set|use|write|check|renew|permit|give|start|rename|remove|close|correct|name|choose|save|try|if|let)\b.*?)\)?$/;

/** Splits a message of Laneway into what was found and the advice, with which most of them end. */
export function splitAdvice(message: string): Advised {
  const meant = DID_YOU_MEAN.exec(message)?.groups;
  if (meant !== undefined) return { found: meant['found'] ?? '', fix: `rename it to ${meant['name'] ?? ''}` };
  const { found, fix } = IMPERATIVE.exec(message)?.groups ?? {};
  return found === undefined || fix === undefined
    ? { found: message, fix: null }
    : { found, fix: isClosed(fix) ? fix : `${fix})` };
}

/** Whether the advice has as many closing brackets as opening ones: the last one may have been taken for the message's. */
function isClosed(fix: string): boolean {
  return fix.split('(').length === fix.split(')').length;
}
