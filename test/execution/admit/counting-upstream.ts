import { json, sse } from '../../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../../support/fake-upstream.ts';
import { chunks, completion } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

/** A fake server that counts the chats that it works on at once. Each is answered when the test says so. */
export interface CountingUpstream {
  readonly url: string;
  readonly fake: FakeUpstream;
  /** Chats so far. */
  readonly chats: number;
  /** Chats without an answer now, those of disconnected clients left out. */
  readonly active: number;
  /** The most there were at once. */
  readonly most: number;
  /** The words of the user in each chat, in the order in which they came. */
  readonly asked: readonly string[];
  /** Answers the oldest chats without an answer. */
  answer(count?: number): void;
  /** From now on each chat is answered at once, or after this time in ms. */
  answerAll(afterMs?: number): void;
  close(): Promise<void>;
}

/** Starts one; `reply`: what a chat is answered with, by default a stream or a whole reply as asked for. */
export async function startCountingUpstream(
  reply: (request: FakeRequest) => Reply = usualReply,
): Promise<CountingUpstream> {
  const waiting: { request: FakeRequest; answer: () => void }[] = [];
  const asked: string[] = [];
  let most = 0;
  let delayMs: number | null = null;
  const open = (): number => waiting.filter(({ request }) => !request.isClosed).length;
  const fake = await startFakeUpstream(
    chatScript((request) => {
      asked.push(wordsOf(request));
      const answered = new Promise<void>((resolve) => {
        const entry = {
          request,
          answer: () => {
            waiting.splice(waiting.indexOf(entry), 1);
            resolve();
          },
        };
        waiting.push(entry);
        most = Math.max(most, open());
        if (delayMs !== null) setTimeout(entry.answer, delayMs);
      });
      return [{ until: answered }, ...reply(request)];
    }),
  );
  return {
    ...{ url: fake.url, fake, asked },
    get chats() {
      return asked.length;
    },
    get active() {
      return open();
    },
    get most() {
      return most;
    },
    answer: (count = 1) => {
      for (const { answer } of waiting.filter(({ request }) => !request.isClosed).slice(0, count)) answer();
    },
    answerAll: (afterMs = 0) => {
      delayMs = afterMs;
      for (const { answer } of [...waiting]) answer();
    },
    close: async () => {
      for (const { answer } of [...waiting]) answer();
      await fake.close();
    },
  };
}

function usualReply(request: FakeRequest): Reply {
  const { stream } = request.json() as { stream?: boolean };
  return stream === true ? sse([...chunks('Hello', '!'), '[DONE]']) : json(200, completion('Hello!'));
}

function wordsOf(request: FakeRequest): string {
  const { messages } = request.json() as { messages?: { content: string }[] };
  return messages?.at(-1)?.content ?? '';
}
