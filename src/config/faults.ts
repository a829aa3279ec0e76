/** One fault of the configuration. Never contains a value that may be a secret. */
export interface ConfigFault {
  /** The file, relative as configured (`config/user_models.json`), or `environment`. */
  readonly file: string;
  /** `lanes.coder.preferred[1]`, a variable name, or `line 3, column 5`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and how to fix it, one line. */
  readonly message: string;
}

/** The configuration is invalid. The message has one line per fault; at start the process exits with code 2. */
export class ConfigFaults extends Error {
  override readonly name = 'ConfigFaults';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(faultLine).join('\n'));
    this.faults = faults;
  }
}

function faultLine({ file, path, message }: ConfigFault): string {
  return path === '' ? `${file}: ${message}` : `${file}: ${path}: ${message}`;
}

/** Keys and list indices from the root of a file. */
export type Path = readonly (string | number)[];

/** Formats a path like JavaScript: `nodes.evaluate.model`, `models["groq/mixtral"].speed`, `preferred[1]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(part) && part.length <= 64) text += text === '' ? part : `.${part}`;
    else text += `[${quote(part)}]`;
  }
  return text;
}

/** Quotes text from a file for a message: on one line, cut after 80 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
