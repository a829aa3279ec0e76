// A llama-server behind a proxy that lets requests wait, so that a test can stay in one phase of a switch for as long as
// it needs. Arguments: a file, the program, its arguments. While the file exists, requests whose method and path begin
// with its first line wait; its second line is how many of them this server answers before.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import { createServer as createPort } from 'node:net';

const [file, program, ...args] = process.argv.slice(2);
const at = args.indexOf('--port') + 1;
const outer = Number(args[at]);
const taken = createPort().listen(0, '127.0.0.1');
await once(taken, 'listening');
const inner = taken.address().port;
taken.close();
await once(taken, 'close');
args[at] = String(inner);

// The server ends with its proxy, even if that is killed.
const setpriv = '/usr/bin/setpriv';
const command = [...(existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL'] : []), program, ...args];
const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  if (signal !== null) process.kill(process.pid, 'SIGKILL');
  process.exit(code ?? 1);
});

let matched = 0;
function isHeld(what) {
  if (!existsSync(file)) return false;
  const [prefix, after = '0'] = readFileSync(file, 'utf8').split('\n');
  if (!what.startsWith(prefix)) return false;
  matched += 1;
  return matched > Number(after);
}

async function answer(incoming, reply) {
  let isOpen = true;
  reply.on('close', () => (isOpen = false));
  if (isHeld(`${incoming.method} ${incoming.url} `)) {
    while (isOpen && existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (!isOpen) return;
  const { method, url: path, headers } = incoming;
  // A connection of its own: llama-server may be closing one that is kept alive.
  const options = { host: '127.0.0.1', port: inner, method, path, headers, agent: false };
  const outgoing = send(options, (given) => {
    reply.writeHead(given.statusCode, given.headers);
    given.pipe(reply);
    given.on('error', () => reply.destroy());
    given.on('close', () => given.complete || reply.destroy());
  });
  outgoing.on('error', () => {
    if (reply.headersSent) reply.destroy();
    else reply.writeHead(503).end();
  });
  reply.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

createServer((incoming, reply) => void answer(incoming, reply)).listen(outer, '127.0.0.1');
