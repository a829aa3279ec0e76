/** A model of the simulated machine. Bytes and ms. */
export interface SimModel {
  readonly target: string;
  readonly bytes: number;
  readonly loadMs: number;
  /** Requests that it serves at once. */
  readonly slots: number;
}

/** How a lane of the simulated day is used. */
export interface SimLane {
  readonly name: string;
  readonly model: SimModel;
  /** Sessions an hour by day (8 to 20 o'clock) and by night. */
  readonly sessionsByDay: number;
  readonly sessionsByNight: number;
  /** Requests of a session: at least one, so many on average. */
  readonly requests: number;
  /** Average pause between them, ms. */
  readonly pauseMs: number;
  /** Average time that one takes, ms. */
  readonly serviceMs: number;
  readonly background: boolean;
  /** `wait_while_loading`. */
  readonly waits: boolean;
  /** How long one waits before it fails or goes to the cloud, ms. */
  readonly patienceMs: number;
  /** What one costs in the cloud, dollars; null: it may not go there. */
  readonly cloudUsd: number | null;
}

/** One request of a session, which comes after the answer to the one before. */
export interface SimRequest {
  readonly lane: SimLane;
  readonly serviceMs: number;
  /** ms from its answer to the next request. */
  readonly pauseMs: number;
  readonly next: SimRequest | null;
}

/** A session begins so many ms after midnight. */
export interface SimSession {
  readonly at: number;
  readonly first: SimRequest;
}

const GB = 1e9;
const HOUR_MS = 3_600_000;

/** The machine: unified memory. */
export const MEMORY_BYTES = 128 * GB;
/** What everything else on it takes. */
export const OTHER_BYTES = 5 * GB;

const model = (target: string, gb: number, loadS: number, slots: number): SimModel => ({
  target,
  bytes: gb * GB,
  loadMs: loadS * 1000,
  slots,
});

/** Five lanes whose models need 202 GB, of which 115 GB fit at a time. */
export const LANES: readonly SimLane[] = [
  {
    name: 'orchestrator',
    model: model('llamacpp/moe-120b', 64, 25, 4),
    sessionsByDay: 6,
    sessionsByNight: 0.5,
    requests: 10,
    pauseMs: 20_000,
    serviceMs: 12_000,
    background: false,
    waits: false,
    patienceMs: 120_000,
    cloudUsd: 0.02,
  },
  {
    name: 'coder',
    model: model('llamacpp/coder-32b', 38, 14, 4),
    sessionsByDay: 4,
    sessionsByNight: 0.3,
    requests: 25,
    pauseMs: 25_000,
    serviceMs: 15_000,
    background: false,
    waits: true,
    patienceMs: 120_000,
    cloudUsd: 0.03,
  },
  {
    name: 'super_reader',
    model: model('llamacpp/reader-8b-400k', 62, 12, 1),
    sessionsByDay: 0.5,
    sessionsByNight: 0.5,
    requests: 8,
    pauseMs: 2_000,
    serviceMs: 60_000,
    background: true,
    waits: true,
    patienceMs: 1_800_000,
    cloudUsd: null,
  },
  {
    name: 'fast_rag',
    model: model('vllm/vision-11b', 30, 60, 8),
    sessionsByDay: 10,
    sessionsByNight: 1,
    requests: 8,
    pauseMs: 15_000,
    serviceMs: 4_000,
    background: false,
    waits: false,
    patienceMs: 120_000,
    cloudUsd: 0.004,
  },
  {
    name: 'governance',
    model: model('llamacpp/granite-8b', 8, 4, 4),
    sessionsByDay: 40,
    sessionsByNight: 10,
    requests: 2,
    pauseMs: 3_000,
    serviceMs: 2_500,
    background: false,
    waits: true,
    patienceMs: 600_000,
    cloudUsd: null,
  },
];

/** The sessions of so many hours; the same for the same seed. */
export function trafficOf(lanes: readonly SimLane[], hours: number, seed: number): SimSession[] {
  const random = mulberry32(seed);
  const exponential = (mean: number): number => -Math.log(1 - random()) * mean;
  const sessions: SimSession[] = [];
  for (const lane of lanes) {
    for (let hour = 0; hour < hours; hour += 1) {
      const isDay = hour % 24 >= 8 && hour % 24 < 20;
      const perHour = isDay ? lane.sessionsByDay : lane.sessionsByNight;
      for (let at = exponential(HOUR_MS / perHour); at < HOUR_MS; at += exponential(HOUR_MS / perHour)) {
        let first: SimRequest | null = null;
        for (let left = Math.floor(exponential(lane.requests - 0.5)); left >= 0; left -= 1) {
          const serviceMs = Math.round(500 + exponential(lane.serviceMs - 500));
          first = { lane, serviceMs, pauseMs: Math.round(exponential(lane.pauseMs)), next: first };
        }
        if (first !== null) sessions.push({ at: Math.round(hour * HOUR_MS + at), first });
      }
    }
  }
  return sessions;
}

/** A small random generator with a seed (public domain, Tommy Ettinger). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
