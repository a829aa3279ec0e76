/** Whether a gateway has a route for a `POST` of this path. */
export async function hasRoute(url: string, path: string): Promise<boolean> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(url + path, { method: 'POST', body: '{}', headers });
  return reply.status !== 404 || !(await reply.text()).includes('no route for');
}
