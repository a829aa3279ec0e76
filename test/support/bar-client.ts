import type { TestGateway } from './gateway.ts';

/** `GET /api/models`. */
export interface Bar {
  readonly active: { readonly provider: string; readonly model: string } | null;
  readonly switching: null;
  readonly providers: readonly {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly status: string;
    readonly models: readonly {
      readonly id: string;
      readonly name: string;
      readonly status: string;
      readonly active: boolean;
    }[];
  }[];
}

/** `GET /api/capabilities`. */
export interface KnownCapabilities {
  readonly provider: string | null;
  readonly model: string | null;
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly sources: Readonly<Record<string, string>>;
}

/** The answer to a switch. */
export interface BarSwitch {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly generation: number;
    readonly switch_id: string;
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly param: string | null;
      readonly detail: { readonly reasons: readonly { readonly code: string }[] };
    };
    readonly [name: string]: unknown;
  };
}

/** What such a client needs of a gateway, in this process or not. */
type Served = Pick<TestGateway, 'url' | 'chat'>;

type Sent = Readonly<Record<string, string>>;

/** A client that knows the three calls of the model bar and nothing else. */
export class BarClient {
  readonly #laneway: Served;
  readonly #headers: Sent;

  /** `user` is sent as `x-laneway-user`. */
  constructor(laneway: Served, user: string | null = null) {
    this.#laneway = laneway;
    this.#headers = user === null ? {} : { 'x-laneway-user': user };
  }

  async models(): Promise<Bar> {
    return (await this.#get('/api/models')) as Bar;
  }

  async capabilities(query = ''): Promise<KnownCapabilities> {
    return (await this.#get(`/api/capabilities${query}`)) as KnownCapabilities;
  }

  /** `provider/model`, or null. */
  async active(): Promise<string | null> {
    const { active } = await this.models();
    return active === null ? null : `${active.provider}/${active.model}`;
  }

  async switch(body: unknown, headers: Sent = {}): Promise<BarSwitch> {
    const answer = await fetch(`${this.#laneway.url}/api/models/switch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#headers, ...headers },
      body: JSON.stringify(body),
    });
    return {
      status: answer.status,
      headers: answer.headers,
      body: (await answer.json()) as BarSwitch['body'],
    };
  }

  /** What a chat that names no model is answered. */
  async ask(): Promise<string> {
    const answer = await this.#laneway.chat({}, this.#headers);
    const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
    return choices[0]?.message.content ?? '';
  }

  async #get(path: string): Promise<unknown> {
    return (await fetch(this.#laneway.url + path, { headers: this.#headers })).json();
  }
}
