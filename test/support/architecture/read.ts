import { posix } from 'node:path';
import ts from 'typescript';

/** One module that a file names: by `import`, `export … from`, `import()` or a type's `import('…')`. */
export interface Reference {
  /** Path from the repository's root (`src/util/id.ts`) where relative, else the package or built-in. */
  readonly target: string;
  readonly typesOnly: boolean;
  readonly reExport: boolean;
  readonly line: number;
}

/** What the rules ask of one source file. Lines count from 1. */
export interface SourceFacts {
  readonly path: string;
  readonly lines: number;
  readonly references: readonly Reference[];
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lines: number }[];
  /** Exported declarations without a docstring. */
  readonly undocumented: readonly { readonly name: string; readonly line: number }[];
  /** Lines with the `any` keyword. */
  readonly anyLines: readonly number[];
  /** Lines that read the process's environment. */
  readonly environmentLines: readonly number[];
}

/** Reads one TypeScript file for the architecture rules. `path` is relative to the repository's root. */
export function readSource(path: string, text: string): SourceFacts {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const lineOf = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const references: Reference[] = [];
  const functions: SourceFacts['functions'][number][] = [];
  const anyLines: number[] = [];
  const environmentLines: number[] = [];
  const visit = (node: ts.Node): void => {
    const reference = referenceOf(node);
    if (reference !== null) {
      references.push({ ...reference, target: resolve(path, reference.target), line: lineOf(node) });
    }
    if (isFunction(node)) {
      const last = file.getLineAndCharacterOfPosition(node.end).line + 1;
      functions.push({ name: nameOf(node), line: lineOf(node), lines: last - lineOf(node) + 1 });
    }
    if (node.kind === ts.SyntaxKind.AnyKeyword) anyLines.push(lineOf(node));
    if (readsEnvironment(node)) environmentLines.push(lineOf(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  const undocumented = undocumentedOf(file).map((each) => ({ name: nameOf(each), line: lineOf(each) }));
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return { path, lines, references, functions, undocumented, anyLines, environmentLines };
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return posix.join(posix.dirname(from), specifier);
}

function referenceOf(node: ts.Node): Omit<Reference, 'line'> | null {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const typesOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    return { target: node.moduleSpecifier.text, typesOnly, reExport: false };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { target: node.moduleSpecifier.text, typesOnly: node.isTypeOnly, reExport: true };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    if (argument === undefined || !ts.isStringLiteralLike(argument)) return null;
    return { target: argument.text, typesOnly: false, reExport: false };
  }
  if (
    ts.isImportTypeNode(node) &&
    ts.isLiteralTypeNode(node.argument) &&
    ts.isStringLiteral(node.argument.literal)
  ) {
    return { target: node.argument.literal.text, typesOnly: true, reExport: false };
  }
  return null;
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

/** `process.env`, `process['env']`, `globalThis.process.env`, or `env` imported from `node:process`. */
function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'env') {
    return /(^|\.)process$/.test(node.expression.getText());
  }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return node.argumentExpression.text === 'env' && /(^|\.)process$/.test(node.expression.getText());
  }
  return (
    ts.isImportSpecifier(node) &&
    (node.propertyName ?? node.name).text === 'env' &&
    /process['"]$/.test(node.parent.parent.parent.moduleSpecifier.getText())
  );
}

function isExported(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)
  );
}

/** Constants and aliases that follow a documented one without an empty line share its docstring. */
function undocumentedOf(file: ts.SourceFile): ts.Statement[] {
  const found: ts.Statement[] = [];
  let shared = -1;
  for (const statement of file.statements) {
    const alias = ts.isVariableStatement(statement) || ts.isTypeAliasDeclaration(statement);
    const follows = alias && file.getLineAndCharacterOfPosition(statement.getStart()).line === shared + 1;
    const documented = follows || isDocumented(statement);
    if (isExported(statement) && !documented) found.push(statement);
    if (documented) shared = file.getLineAndCharacterOfPosition(statement.end).line;
  }
  return found;
}

/** Overloads are documented on the first of them. */
function isDocumented(statement: ts.Statement): boolean {
  const hasWords = ts
    .getJSDocCommentsAndTags(statement)
    .some((part) => (ts.isJSDoc(part) ? (ts.getTextOfJSDocComment(part.comment) ?? '') : '').trim() !== '');
  if (hasWords || !ts.isFunctionDeclaration(statement)) return hasWords;
  const name = statement.name?.text;
  const first = statement
    .getSourceFile()
    .statements.find((other) => ts.isFunctionDeclaration(other) && other.name?.text === name);
  return first !== undefined && first !== statement && isDocumented(first);
}

function nameOf(node: ts.Node): string {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.map((declaration) => declaration.name.getText()).join(', ');
  }
  const named = node as { readonly name?: ts.Node };
  if (named.name !== undefined) return named.name.getText();
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
  return '(unnamed)';
}
