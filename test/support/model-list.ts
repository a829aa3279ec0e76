import type { FakeRequest, Reply, Script } from './fake-upstream.ts';
import { json } from './fake-replies.ts';

/** A script that lists the model `m` and answers chat as told; `request.index` of the chat counts chats only. */
export function chatScript(answer: (request: FakeRequest, chat: number) => Reply): Script {
  let chats = 0;
  return (request) => {
    if (request.method === 'GET') {
      return json(200, {
        object: 'list',
        data: [{ id: 'm', object: 'model', created: 0, owned_by: 'fake' }],
      });
    }
    const chat = chats;
    chats += 1;
    return answer(request, chat);
  };
}
