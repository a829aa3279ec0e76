import { EngineError } from '../driver.ts';
import type { EngineReply } from './engine-http.ts';
import { fields, text } from '../../util/json-fields.ts';

const LENGTH = 300;

/**
 * What engines print when memory runs out: the list of Ollama (llm/status.go), Ollama's own refusal, vLLM's two checks
 * at the start. Never the bare word `oom`, which other words contain.
 */
const OUT_OF_MEMORY =
  /out of (?:device )?memory|(?:cuda|hip)malloc failed|failed to allocate|allocation failed|not enough memory|insufficient memory|error_?out_?of_?(?:device_?|host_?|pool_?)?memory|requires more (?:system|gpu) memory|no available memory for the cache|less than desired gpu memory|std::bad_alloc/i;
/** llama.cpp continues after this one. */
const RECOVERED = /retrying without pipeline parallelism/i;

/** Words by which a server names the reason why it cannot load a file, the best first. */
const CAUSES: readonly RegExp[] = [
  /error loading model/i,
  /^\w*(?:Error|Exception): /,
  /\b(?:error|failed|fatal|cannot|could ?n.t|unable|invalid|unknown|unrecognized|terminate called)\b/i,
];
/** llama.cpp prints what a file says of its model, such as `print_info: rope_finetuned = unknown`. */
const METADATA = /^print_info:|^llama_model_loader: - /;
/** What may be quoted of a server that has served requests: a line with anything else may contain a prompt. */
const CRASHES =
  /GGML_ASSERT|ggml_abort|(?:CUDA|HIP|ROCm|Vulkan) error|device ?lost|terminate called|std::\w+/i;

/** Whether the text reports that memory ran out. */
export function saysOutOfMemory(line: string): boolean {
  return OUT_OF_MEMORY.test(line) && !RECOVERED.test(line);
}

/** One line of at most 300 characters, with the last part of every absolute path in place of the path. */
export function shown(line: string): string {
  const clean = line
    .replace(/(?:\b[A-Za-z]:)?(?:[\\/][^\s\\/'"`:;,()[\]]+){2,}/g, (path) =>
      path.slice(lastSeparator(path) + 1),
    )
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return clean.length > LENGTH ? `${clean.slice(0, LENGTH - 1)}…` : clean;
}

function lastSeparator(path: string): number {
  return Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
}

/** Lines with the names of known files in place of their paths, which may have spaces. */
export function withoutFolders(lines: readonly string[], files: readonly string[]): string[] {
  const paths = files.map((file) => ({
    name: file.slice(lastSeparator(file) + 1),
    pattern: new RegExp(`(?<![\\w./\\\\-])${file.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`, 'g'),
  }));
  return lines.map((line) =>
    paths.reduce((rest, { name, pattern }) => rest.replace(pattern, () => name), line),
  );
}

/** The line with the reason why a server ended; '' if none does. After it has served, only lines without a prompt count. */
export function causeIn(lines: readonly string[], hasServed: boolean): string {
  const bare = lines.map(withoutPrefix).filter((line) => line !== '' && !METADATA.test(line));
  const memory = bare.findLast(saysOutOfMemory);
  if (memory !== undefined) return shown(memory);
  if (hasServed) return shown(bare.findLast((line) => CRASHES.test(line) && !line.includes('{')) ?? '');
  for (const cause of CAUSES) {
    const found = bare.find((line) => cause.test(line));
    if (found !== undefined) return shown(found);
  }
  // Of llama-server's own lines only the errors give a reason.
  return shown(lines.findLast((line) => /[a-z]{3}/i.test(line) && withoutPrefix(line) === line.trim()) ?? '');
}

/** Without llama-server's port of a child, time, level and place. */
function withoutPrefix(line: string): string {
  return line
    .replace(/^\[\d+\] /, '')
    .replace(/^[\d.]+ [A-Z] +/, '')
    .trim();
}

/** How a process ended. */
export interface ProcessExit {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
}

/** Exit codes of a shell for the signals that end an engine: 128 and the signal's number. */
const SIGNALS: Readonly<Record<string, number>> = {
  SIGINT: 130,
  SIGILL: 132,
  SIGABRT: 134,
  SIGBUS: 135,
  SIGFPE: 136,
  SIGKILL: 137,
  SIGSEGV: 139,
  SIGTERM: 143,
};

/** The exit code, or what a shell reports for the signal. */
export function exitCodeOf({ code, signal }: ProcessExit): number | null {
  return code ?? (signal === null ? null : (SIGNALS[signal] ?? null));
}

/**
 * The error of a server that ended by itself; `subject` is what did not work, such as `Model x could not be loaded`.
 * SIGKILL counts as out of memory, since the kernel ends processes by it and nothing else here does.
 */
export function exitError(
  subject: string,
  exit: ProcessExit,
  lines: readonly string[],
  hasServed: boolean,
): EngineError {
  const code = exitCodeOf(exit);
  const cause = causeIn(lines, hasServed);
  const how = exit.signal === null ? `exit code ${code ?? 'unknown'}` : exit.signal;
  const isKilled = code === 137;
  const saysMemory = saysOutOfMemory(cause);
  const killed = 'was killed, as the system does when memory runs out';
  const what = saysMemory ? 'ran out of memory' : isKilled ? killed : 'ended';
  const message = `${subject}: its server ${what} (${how})${cause === '' ? '' : `: ${cause}`}`;
  return new EngineError(isKilled || saysMemory ? 'out_of_memory' : 'failed', message, code);
}

/** The message in an engine's error reply, for people; '' if it has none. */
export function messageOf({ body, text: raw }: EngineReply): string {
  const { error } = fields(body);
  const message = text(error) ?? text(fields(error).message) ?? text(fields(body).message) ?? '';
  return shown(message === '' && body === null && !raw.startsWith('<') ? raw : message);
}

/** The error of a call that was given up, because the signal aborted. */
export function abortedError(subject: string): EngineError {
  return new EngineError('aborted', `${subject} was given up, since its engine ends`);
}

/** Throws an `EngineError` if the signal has aborted. */
export function throwIfAborted(signal: AbortSignal, subject: string): void {
  if (signal.aborted) throw abortedError(subject);
}
