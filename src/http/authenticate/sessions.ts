import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** How long a session lasts, in seconds: a working day. */
export const SESSION_S = 12 * 60 * 60;

/** Sessions at once; the oldest gives way. Only holders of the token can begin one. */
const SESSIONS_MAX = 64;

interface Session {
  readonly digest: Buffer;
  /** Milliseconds since 1970. */
  readonly endsMs: number;
}

/**
 * The sessions of browsers that have sent the token once. They are in memory: a restart ends them. Only digests of their
 * ids are kept.
 */
export class Sessions {
  readonly #wall: () => number;
  /** Oldest first. */
  #sessions: Session[] = [];

  /** `wall`: milliseconds since 1970. */
  constructor(wall: () => number) {
    this.#wall = wall;
  }

  /** Begins a session and returns its id: 32 random bytes in base64url. */
  begin(): string {
    const id = randomBytes(32).toString('base64url');
    const now = this.#wall();
    this.#sessions = this.#sessions.filter(({ endsMs }) => endsMs > now).slice(-(SESSIONS_MAX - 1));
    this.#sessions.push({ digest: digestOf(id), endsMs: now + SESSION_S * 1000 });
    return id;
  }

  /** Whether this is the id of a session that has not ended. Takes the same time whichever it is. */
  has(id: string): boolean {
    const now = this.#wall();
    const digest = digestOf(id);
    let isKnown = false;
    for (const session of this.#sessions)
      isKnown = (timingSafeEqual(session.digest, digest) && session.endsMs > now) || isKnown;
    return isKnown;
  }

  /** Ends a session; an unknown id ends none. */
  end(id: string): void {
    const digest = digestOf(id);
    this.#sessions = this.#sessions.filter((session) => !timingSafeEqual(session.digest, digest));
  }
}

function digestOf(id: string): Buffer {
  return hash('sha256', id, 'buffer');
}
