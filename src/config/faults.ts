/** One thing that is wrong with the configuration. Never holds a value that may be a secret. */
export interface ConfigFault {
  /** The file as people know it (`config/user_models.json`), or `environment`. */
  readonly file: string;
  /** `lanes.coder.preferred[1]`, the name of a variable, or `line 3, column 5`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and what would be right, one line. */
  readonly message: string;
}

/** The configuration cannot be used; its message is one line for each fault, and the process ends with exit code 2. */
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

/** Keys and list positions from the root of a file. */
export type Path = readonly (string | number)[];

/** Writes a path as one would in code: `nodes.evaluate.model`, `models["groq/mixtral"].speed`, `preferred[1]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(part) && part.length <= 64) text += text === '' ? part : `.${part}`;
    else text += `[${quote(part)}]`;
  }
  return text;
}

/** A word of a file for a message: in quotes, on one line, 80 characters at most. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
