import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createProvider } from '../../src/providers/create-provider.ts';
import type { ProviderType } from '../../src/providers/provider-type.ts';
import { ProbeError, type ListedModel, type Listing, type Provider } from '../../src/providers/provider.ts';
import type { Failure } from '../../src/protocol/failure.ts';

/** A reply of the list server with its status and headers. */
export class Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    this.status = status;
    this.body = typeof body === 'string' ? body : JSON.stringify(body);
    this.headers = { 'content-type': 'application/json', ...headers };
  }
}

/** A received request. */
export interface Arrived {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Replies by request line (`GET /v1/models`, with query): a value or a function, sync or async. */
export type Replies = Readonly<Record<string, unknown>>;

/** A server with fixed replies that records its requests; closed after the test. */
export async function startListServer(replies: Replies): Promise<{ origin: string; arrived: Arrived[] }> {
  const arrived: Arrived[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    const answer = async (): Promise<void> => {
      const { method = '', url = '', headers } = request;
      const one = { line: `${method} ${url}`, headers, body: Buffer.concat(chunks).toString() };
      arrived.push(one);
      const known = replies[one.line] ?? new Reply(404, { error: { message: 'File Not Found' } });
      const made = await (typeof known === 'function' ? (known as (asked: Arrived) => unknown)(one) : known);
      const reply = made instanceof Reply ? made : new Reply(200, made);
      response.writeHead(reply.status, reply.headers);
      response.end(reply.body);
    };
    request.on('end', () => void answer());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrived };
}

/** A provider of a type with a real connector, as in the gateway. */
export function providerOf(type: ProviderType, origin: string, key: string | null = null): Provider {
  const { settings, list } = type;
  const provider = createProvider({
    id: settings.type,
    name: settings.name,
    baseUrl: origin + settings.basePath,
    local: true,
    settings,
    key,
    missingKey: null,
    headers: {},
    connectMs: 2000,
    list,
  });
  onTestFinished(() => provider.destroy());
  return provider;
}

/** One probe of a provider. */
export function probe(provider: Provider): Promise<Listing> {
  return provider.list(AbortSignal.timeout(5000));
}

/** The listing of one probe of a new list server. */
export async function listFrom(type: ProviderType, replies: Replies): Promise<Listing> {
  const { origin } = await startListServer(replies);
  return probe(providerOf(type, origin));
}

/** The failure of a probe that must fail. */
export async function failureOf(listing: Promise<Listing>): Promise<Failure> {
  const error: unknown = await listing.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProbeError);
  return (error as ProbeError).failure;
}

/** A model of a listing; throws if it is missing. */
export function modelOf(listing: Listing, id: string): ListedModel {
  const model = listing.models.find((entry) => entry.id === id);
  if (model === undefined)
    throw new Error(`no ${id} in ${listing.models.map((entry) => entry.id).join(', ')}`);
  return model;
}

/** A recorded reply of a real engine. */
export function fixture(path: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures', path), 'utf8'));
}
