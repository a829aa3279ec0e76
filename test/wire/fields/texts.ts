/** Texts of the kinds that requests contain, each some hundred tokens. */
export const TEXTS: Readonly<Record<string, string>> = {
  'English prose': 'The gateway sits between applications and the models they use. '.repeat(8),
  'Russian prose': 'Шлюз стоит между приложениями и моделями, которые они используют. '.repeat(8),
  'German prose': 'Das Gateway steht zwischen Anwendungen und den Modellen, die sie benutzen. '.repeat(8),
  'Chinese prose': '网关位于应用程序和它们使用的模型之间。'.repeat(12),
  'indented JSON': JSON.stringify(
    { rules: [1, 2, 3].map((id) => ({ conditions: [{ fn: 'isSet', argv: [{ ref: 'Region', id }] }] })) },
    null,
    8,
  ),
  'a table': Array.from(
    { length: 12 },
    (_, row) => `| ${`row ${row}`.padEnd(24)} | ${'yes'.padEnd(40)} |`,
  ).join('\n'),
  TypeScript:
    'export function add(one: number, other: number): number {\n  return one + other;\n}\n\n'.repeat(8),
  'lines of a log': Array.from(
    { length: 8 },
    (_, line) => `{"level":30,"time":"2026-11-29T19:59:1${line}.934Z","msg":"shutting down"}`,
  ).join('\n'),
};
