import type { OwnedHttp } from '../../../src/engines/drivers/engine-http.ts';
import { EngineCallError } from '../../../src/engines/drivers/engine-http.ts';
import type { ProcessActivity } from '../../../src/engines/drivers/processes/process-table.ts';
import type { ServerPorts } from '../../../src/engines/drivers/processes/server-process.ts';
import type { Spawner, SpawnRequest } from '../../../src/engines/drivers/processes/spawner.ts';
import type { ProcessExit } from '../../../src/engines/drivers/wording.ts';
import type { EngineTime } from '../../../src/engines/drivers/timing.ts';
import { reply } from './fake-router.ts';

/** A server process that a test controls. */
export class FakeServer {
  readonly request: SpawnRequest;
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  /** Signals that its group got. */
  readonly signals: string[] = [];
  /** What `/health` answers; null: nothing listens. */
  health: number | null = null;
  activity: ProcessActivity | null = null;
  /** Signals that end it. */
  obeys: readonly string[] = ['SIGTERM', 'SIGKILL'];
  openConnections = true;
  private resolve: (exit: ProcessExit) => void = () => undefined;

  constructor(request: SpawnRequest, pid: number) {
    this.request = request;
    this.pid = pid;
    this.exited = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  write(...lines: readonly string[]): void {
    const { output } = this.request;
    if (typeof output === 'function')
      lines.forEach((line) => {
        output(line);
      });
  }

  end(exit: Partial<ProcessExit>): void {
    this.health = null;
    this.resolve({ code: null, signal: null, ...exit });
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.signals.push(signal);
    if (this.obeys.includes(signal)) this.end({ signal });
  }

  readonly http: OwnedHttp = {
    get: (path, { signal }) => {
      if (signal.aborted) return Promise.reject(new EngineCallError('the call was aborted'));
      if (this.health === null) return Promise.reject(new EngineCallError('ECONNREFUSED', true));
      // While it loads, every path of a llama-server answers 503.
      if (this.health !== 200)
        return Promise.resolve(reply(this.health, { error: { message: 'Loading model', code: 503 } }));
      const props = { total_slots: 4, default_generation_settings: { n_ctx: 2048 } };
      return Promise.resolve(reply(200, path === '/props' ? props : { status: 'ok' }));
    },
    post: () => Promise.resolve(reply(404, {})),
    lines: () => Promise.resolve(),
    close: () => {
      this.openConnections = false;
      return Promise.resolve();
    },
  };
}

/** Starts `FakeServer`s; `onSpawn` gets each one before its driver does. */
export class FakeMachine implements Spawner {
  readonly servers: FakeServer[] = [];
  onSpawn: (server: FakeServer) => void = () => undefined;

  spawn(request: SpawnRequest): Promise<FakeServer> {
    const server = new FakeServer(request, 1000 + this.servers.length);
    this.servers.push(server);
    this.onSpawn(server);
    return Promise.resolve(server);
  }

  ports(time: EngineTime): ServerPorts {
    return {
      spawner: this,
      time,
      httpAt: (url) => this.#httpAt(url),
      activityOf: (pid) =>
        Promise.resolve(this.servers.find((server) => server.pid === pid)?.activity ?? null),
      limits: { stallMs: 60_000, stopMs: 10_000 },
    };
  }

  /** As with an address, who answers is decided by each call. */
  #httpAt(url: string): OwnedHttp {
    const { port } = new URL(url);
    const server = (): FakeServer =>
      this.servers.findLast(({ request }) => request.command.includes(port)) ?? this.last;
    return {
      get: (...call) => server().http.get(...call),
      post: (...call) => server().http.post(...call),
      lines: (...call) => server().http.lines(...call),
      close: () => (this.servers.length === 0 ? Promise.resolve() : server().http.close()),
    };
  }

  get last(): FakeServer {
    const server = this.servers.at(-1);
    if (server === undefined) throw new Error('nothing was started');
    return server;
  }
}
