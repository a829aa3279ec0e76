import { expect, test } from 'vitest';
import { meaningOf } from './failure-harness.ts';

const nginx = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>`;

test.each([
  ['nginx, 404', 404, nginx('404 Not Found')],
  ['nginx, 400', 400, nginx('400 Bad Request')],
  ['nginx, 405', 405, nginx('405 Not Allowed')],
  ['nginx, 421', 421, nginx('421 Misdirected Request')],
  [
    'HAProxy',
    400,
    '<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>',
  ],
  [
    'Express',
    404,
    '<!DOCTYPE html>\n<html lang="en"><body><pre>Cannot POST /v1/chat/completions</pre></body></html>',
  ],
  ['Traefik and Go servers', 404, '404 page not found\n'],
  ['Kubernetes ingress', 404, 'default backend - 404'],
  ['Envoy, without a route', 404, ''],
  ['Cloudflare', 400, 'error code: 1003'],
  ['Go servers', 400, '400 Bad Request'],
])('the page of a proxy says nothing about the request: %s', (_name, status, body) => {
  const { class: failureClass, code, upstream } = meaningOf(status, body);
  expect([failureClass, code, upstream]).toEqual(['malformed', 'upstream_malformed', null]);
});

test.each([
  ['a fault of the request in plain text (axum)', 400, 'Failed to parse the request body as JSON: EOF'],
  ['the same with 422', 422, 'Failed to deserialize the JSON body: messages[0]: missing field `role`'],
  ['JSON that was cut off', 404, '{"error":{"message":"no such'],
  ['HTML inside JSON', 400, '{"error":{"message":"<html> is not allowed"}}'],
  ['nothing', 400, ''],
])('an error of the API itself is a bad request: %s', (_name, status, body) => {
  expect(meaningOf(status, body).class).toBe('bad_request');
});

test('a page with a status of its own keeps its class', () => {
  expect(meaningOf(413, nginx('413 Request Entity Too Large')).class).toBe('too_large');
  expect(meaningOf(429, nginx('429 Too Many Requests')).class).toBe('rate_limited');
  expect(meaningOf(503, nginx('503 Service Unavailable')).class).toBe('busy');
});
