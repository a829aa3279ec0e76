import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { elements, fields, text } from '../../../src/util/json-fields.ts';
import { toolsAnswered, toolsOffered } from './evidence.ts';
import { whyNotInstalled } from './installed.ts';
import { PROGRAMS, type Program } from './programs.ts';
import { startRecorder, type Exchange, type Recorder } from './recorder.ts';
import { runProgram } from './run-program.ts';
import { cellInPage, writeTable, type Place } from './table.ts';

/** A gateway that the programs are run against. */
export interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

/** Where the programs are run. */
export interface Surroundings {
  readonly place: Place;
  start(): Promise<Running>;
  /** Contained in the output of every program. */
  readonly answer: RegExp;
}

const WRITE = process.env['LANEWAY_TEST_WRITE'] === '1';

/** Runs every program that is installed through one task, and compares what was seen with the table of the document. */
export function describePrograms({ place, start, answer }: Surroundings): void {
  describe(`programs on ${place}`, () => {
    let gateway: Running;
    let recorder: Recorder;
    const seen = new Map<string, string>();

    beforeAll(async () => {
      gateway = await start();
      recorder = await startRecorder(gateway.url);
    }, 60_000);
    afterAll(async () => {
      await recorder.close();
      await gateway.stop();
      if (WRITE) writeTable(place, seen);
    });

    for (const program of PROGRAMS) {
      const missing = whyNotInstalled(program.command);
      const name = `${program.name} carries out a task and ends${missing === null ? '' : ` (${missing})`}`;
      // Twice, since starting a program of 200 MB can take too long on a busy machine; a fault of the gateway stays.
      test.skipIf(missing !== null)(name, { timeout: 80_000, retry: 1 }, async ({ skip }) => {
        const cell = await cellOf(program);
        if (cell === null) skip(`POST ${program.api.path} is not built yet`);
        else expect(cell, REGENERATE).toBe(WRITE ? cell : cellInPage(program, place));
      });
    }

    async function cellOf(program: Program): Promise<string | null> {
      if (!(await hasRoute(gateway.url, program.api.path))) {
        seen.set(program.name, `no: the ${program.api.name} API is not built yet`);
        return null;
      }
      recorder.take();
      const before = await refusedBy(gateway.url);
      const tool = place === 'the demo' ? (program.demoTool ?? program.tool) : program.tool;
      const ended = await runProgram(program, recorder.url, taskFor(tool));
      const exchanges = recorder.take();
      const said = `${ended.stdout}\n${ended.stderr}\n${summaryOf(exchanges)}`;
      process.stdout.write(`${program.name} on ${place}: ${ended.seconds.toFixed(1)} s\n`);
      expect(ended.code, said).toBe(0);
      expect(ended.stdout, said).toMatch(answer);
      const refused = exchanges.filter(({ status }) => status >= 400);
      expect(refused.map(requestOf), said).toEqual(program.refused ?? []);
      expect((await refusedBy(gateway.url)) - before, said).toBe(refused.length);
      const chats = exchanges.filter(({ path }) => path === program.api.path);
      const called = tool === null ? answered(chats, said) : calledTool(tool, chats, said);
      seen.set(program.name, called);
      return called;
    }
  });
}

const REGENERATE = 'if docs/clients.md is wrong: LANEWAY_TEST_WRITE=1 npm test -- test/clients/programs';

/** Names the tool, and the file that it is to be used on. */
function taskFor(tool: string | null): string {
  return tool === null ? 'What is the code word?' : `Use ${tool} on note.txt`;
}

function answered(chats: readonly Exchange[], said: string): string {
  expect(chats.length, said).toBeGreaterThan(0);
  return 'answers';
}

function calledTool(tool: string, chats: readonly Exchange[], said: string): string {
  expect(chats.flatMap(toolsOffered), said).toContain(tool);
  expect(chats.flatMap(toolsAnswered), said).toContain(tool);
  return `called \`${tool}\``;
}

/** Is there a route? One refuses the empty body with another code than a missing one. */
async function hasRoute(url: string, path: string): Promise<boolean> {
  const reply = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  return !(await reply.text()).includes('route_not_found');
}

/** How many requests the gateway has refused since its start. */
async function refusedBy(url: string): Promise<number> {
  const list = fields(await (await fetch(`${url}/api/debug/requests?state=refused`)).json());
  return (elements(list.requests) ?? []).reduce<number>((sum, each) => sum + Number(fields(each).count), 0);
}

function requestOf({ method, path, status }: Exchange): string {
  return `${method} ${path} ${status}`;
}

/** For the message of a failed test. */
function summaryOf(exchanges: readonly Exchange[]): string {
  return exchanges
    .map((exchange) => {
      const model = text(fields(parsed(exchange.request)).model) ?? '-';
      const offered = toolsOffered(exchange).join(' ');
      return `${requestOf(exchange)} ${model}, tools: ${offered}, results: ${toolsAnswered(exchange).join(' ')}`;
    })
    .join('\n');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
