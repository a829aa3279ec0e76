import { bold, cyan, dim, green, red, yellow } from 'yoctocolors';

type Style = (text: string) => string;

/** The colours of the output, each for one meaning. */
export interface Colors {
  /** Titles of tables and headings. */
  readonly title: Style;
  readonly good: Style;
  readonly warning: Style;
  readonly bad: Style;
  /** What was changed from the default, or deserves a look. */
  readonly accent: Style;
  /** Less important text. */
  readonly faint: Style;
}

const plain: Style = (text) => text;

const NONE: Colors = {
  title: plain,
  good: plain,
  warning: plain,
  bad: plain,
  accent: plain,
  faint: plain,
};

const ANSI: Colors = { title: bold, good: green, warning: yellow, bad: red, accent: cyan, faint: dim };

/** The colours, or none. The library leaves them out, too, where the terminal has none. */
export function colorsFor(enabled: boolean): Colors {
  return enabled ? ANSI : NONE;
}
