// A server like vLLM in what the driver of a whole server sees: the port is closed while it starts, it has a worker
// process, and after SIGTERM its connections stay open without a byte. Arguments: port, then any of `daemon` (starts
// it in the background and returns), `fail` (ends with a traceback), `hang` (never listens), `stubborn` (ignores
// SIGTERM), `slow` (takes a second to start), `quiet` (writes nothing).
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const COMPLETION = JSON.stringify({
  ...{ id: 'c1', object: 'chat.completion', created: 1, model: 'served' },
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const [port, ...words] = process.argv.slice(2);
const is = (word) => words.includes(word);
const say = (line) => is('quiet') || process.stdout.write(`${line}\n`);

if (is('worker')) {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1_000);
} else if (is('daemon')) {
  const rest = words.filter((word) => word !== 'daemon');
  spawn(process.execPath, [import.meta.filename, port, ...rest], { detached: true, stdio: 'ignore' }).unref();
} else if (is('fail')) {
  process.stderr.write('Traceback (most recent call last):\n  File "/opt/vllm/x.py", line 1, in <module>\n');
  process.stderr.write(
    'ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`\n',
  );
  process.exitCode = 1;
} else {
  spawn(process.execPath, [import.meta.filename, port, 'worker'], { stdio: 'ignore' });
  say('INFO starting');
  if (is('hang')) setInterval(() => undefined, 1_000);
  else setTimeout(listen, is('slow') ? 1_000 : 50);
}

function listen() {
  let ends = false;
  const server = createServer((request, response) => {
    if (ends || request.url === '/silent') return;
    if (request.url === '/health') return void response.end();
    const data = [
      { id: 'served', object: 'model', max_model_len: 1024 },
      { id: 'other-name', object: 'model', max_model_len: 1024 },
    ];
    response.setHeader('content-type', 'application/json');
    if (request.url === '/v1/chat/completions') return void response.end(COMPLETION);
    response.end(JSON.stringify({ object: 'list', data }));
  });
  server.listen(Number(port), '127.0.0.1');
  process.on('SIGTERM', () => {
    if (is('stubborn')) return;
    ends = true;
    server.close();
    setTimeout(() => process.exit(0), 200);
  });
  say('INFO Application startup complete.');
}
