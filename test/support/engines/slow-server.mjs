// A server of one model that needs a while to load, for `engine.command`. Arguments: port, ms.
import { createServer } from 'node:http';

const [port, ms] = process.argv.slice(2).map(Number);
const began = Date.now();
const chunk = (delta, reason) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
createServer((request, reply) => {
  if (Date.now() - began < ms) {
    reply.writeHead(503, { 'content-type': 'application/json' });
    reply.end('{"error":{"message":"Loading model","type":"unavailable_error","code":503}}');
  } else if (request.url.startsWith('/v1/chat/completions')) {
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.write(chunk({ role: 'assistant', content: 'Hello' }, null));
    reply.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
  } else {
    reply.writeHead(200, { 'content-type': 'application/json' });
    reply.end(
      request.url.startsWith('/v1/models') ? '{"data":[{"id":"m"}]}' : '{"status":"ok","total_slots":1}',
    );
  }
}).listen(port, '127.0.0.1');
