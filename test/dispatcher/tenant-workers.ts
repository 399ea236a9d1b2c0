// Tenants' Workers for the dispatcher's tests: real ones, each in the test runtime under its own
// name. Runs in Node, as part of the vitest config; the scripts run in workerd.
const echo = `
  const body = request.body ? await request.text() : null;
  const { pathname, search, host } = new URL(request.url);
  return Response.json(
    { method: request.method, host, path: pathname + search, headers: [...request.headers], body },
    { headers: { 'x-z0-principal': 'forged', 'set-cookie': 'session=1', 'x-kept': 'yes',
      'x-request-id': 'theirs', 'server-timing': 'theirs;dur=1' } },
  );`;

const HANDLERS: Record<string, string> = {
  echo,
  other: echo,
  crash: `throw new Error('boom: secret detail');`,
  'five-hundred': `return new Response('<h1>oops</h1>', { status: 500, headers: { 'content-type': 'text/html' } });`,
  'not-found': `return new Response('nope', { status: 404 });`,
  // Names its problem as the tenant template does; the path says which name.
  problem: `
    const { pathname } = new URL(request.url);
    const headers = { 'x-z0-error': pathname.split('/').at(-1) };
    return new Response('{}', { status: request.method === 'POST' ? 422 : 500, headers });`,
  hang: `return new Promise(() => {});`,
  slow: `await scheduler.wait(60_000); return new Response('too late');`,
  socket: `
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    server.addEventListener('message', (event) => server.send('echo ' + event.data));
    return new Response(null, { status: 101, webSocket: client });`,
  // Fails while the KV key says so, to watch a breaker close again.
  moody: `
    const failing = (await env.ROUTES.get('moody')) === 'failing';
    return new Response(failing ? 'bad' : 'good', { status: failing ? 500 : 200 });`,
};

export const TENANT_SCRIPTS = Object.keys(HANDLERS);

export const tenantWorkers = Object.entries(HANDLERS).map(([name, handler]) => ({
  name: `tenant-${name}`,
  modules: true,
  script: `export default { async fetch(request, env) { ${handler} } };`,
  compatibilityDate: '2026-10-01',
  kvNamespaces: { ROUTES: 'routes' },
}));
