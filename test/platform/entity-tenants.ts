// What stands behind DISPATCH in these tests: a real second Worker that answers as tenants' Workers
// would, well or badly as the entity's id says. It reads the token and verifies nothing.

/** By what follows `acct_` in the id: the whole answer to everything asked of that entity. */
const MANNERS: Record<string, string> = {
  html: `return new Response('<h1>not an API</h1>', { headers: { 'content-type': 'text/html' } });`,
  shape: `return Response.json({ hello: 'world' });`,
  other: `return Response.json({ ...entity('acct_somebody_else') });`,
  deep: `return new Response('{"data":'.repeat(5000) + '1' + '}'.repeat(5000));`,
  failing: `return new Response('oops', { status: 500 });`,
  busy: `return Response.json({ code: '<b>made up</b>', detail: 'x' }, { status: 503 });`,
  limited: `return Response.json({ code: 'rate_limited', detail: 'x' }, { status: 429 });`,
  elsewhere: `return Response.redirect('https://elsewhere.test/', 302);`,
  huge: `
    const chunk = new TextEncoder().encode('"'.padEnd(65536, 'x'));
    return new Response(new ReadableStream({ pull: (c) => c.enqueue(chunk) }));`,
  // A byte now and then, for ever.
  slow: `
    const drop = new TextEncoder().encode(' ');
    return new Response(new ReadableStream({
      async pull(c) { await scheduler.wait(250); c.enqueue(drop); } }));`,
};

const SCRIPT = `
const HEAD = 45;
const AT = '2026-03-01T10:00:00.000Z';
const EVIL = '"><script>alert(1)</script>\\u202egnp.exe';

export default { async fetch(request) {
  const url = new URL(request.url);
  const claims = claimsOf(request);
  const [, v1, entities, id, part, rest] = url.pathname.split('/').map(decodeURIComponent);
  if (v1 === 'internal') return started(entities, id, request, claims);
  if (v1 !== 'v1' || entities !== 'entities' || !claims) return new Response('down', { status: 503 });
  if (id === undefined) return list(url, claims);
  const manner = MANNERS[id.slice('acct_'.length)];
  if (manner) return manner();
  const known = ['acct_good', 'acct_bent', 'acct_evil', 'acct_withheld', 'acct_of_' + claims.tenant_id];
  if (!known.includes(id)) return Response.json({ code: 'not_found', detail: '' }, { status: 404 });
  return answer(id, part, rest, url, claims);
} };

const seen = [];

// What the platform starts: answered as the run's data, or a message's body, says. GET tells what came.
async function started(kind, tenant, request, claims) {
  if (kind === 'seen') return Response.json(seen.filter((one) => one.tenant === tenant));
  const body = await request.json();
  const { tenant_id, scope, client_id } = claims;
  const key = request.headers.get('idempotency-key');
  seen.push({ tenant: tenant_id, kind, scope, client_id, key, body });
  const manner = kind === 'queue' ? body.messages[0].body : body.data;
  if (manner === 'slow') await scheduler.wait(2000);
  if (manner === 'html') return new Response('<h1>not an API</h1>');
  if (manner === 'endless') {
    const drop = new TextEncoder().encode(' ');
    return new Response(new ReadableStream({
      async pull(c) { await scheduler.wait(100); c.enqueue(drop); } }));
  }
  if (manner === 'broken') {
    return new Response(new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode(' ')) }));
  }
  if (manner === 'huge') return new Response('x'.repeat(100000));
  if (manner === 'limited') return Response.json({ code: 'rate_limited', detail: 'x' }, { status: 429 });
  const error = manner === 'fail' || manner === 'final' ? 'Error: on purpose' : null;
  if (kind !== 'queue') return Response.json({ error, no_retry: manner === 'final' });
  const messages = body.messages.map(({ id, body: text }) => {
    return { id, action: text === 'ok' || text === 'slow' ? 'ack' : 'retry' };
  });
  return Response.json({ error, messages });
}

function entity(id, claims) {
  return { id, type: 'account', tenant_id: claims?.tenant_id, lifecycle: id === 'acct_evil' ? EVIL : 'active',
    version: 2, metadata: {}, data: { tenant: claims?.tenant_id, client: claims?.client_id, scope: claims?.scope,
      ...(id === 'acct_evil' && { [EVIL]: EVIL }) }, created_at: AT, updated_at: id === 'acct_evil' ? EVIL : AT };
}

function answer(id, part, rest, url, claims) {
  if (part === undefined) return Response.json(entity(id, claims));
  if (part === 'facts') return rest ? Response.json(fact(id, Number(rest.slice(4)))) : facts(id, url);
  if (part === 'state') return state(id, Number(url.searchParams.get('seq') ?? HEAD));
  if (part === 'configs') return config(rest);
  if (part !== 'verify') return Response.json({ code: 'not_found' }, { status: 404 });
  const faults = [{ code: 'chain_broken', seq: 7, detail: 'The hash before it is another one.' },
    { code: 'made_up', seq: 0, detail: EVIL }];
  return Response.json({ object: 'verification', ok: id === 'acct_good', facts: HEAD,
    head: { seq: HEAD, hash: 'a'.repeat(64) }, faults: id === 'acct_good' ? [] : faults });
}

function fact(id, seq) {
  const evil = id === 'acct_evil';
  return { id: 'fct_' + seq, seq, type: seq === 1 ? 'config' : 'charge', entity_id: id, timestamp: AT, recorded_at: AT,
    schema_version: 1, data: seq === 1 ? { config: { type: 'pricing' } } : { amount: seq, ...(evil && { memo: EVIL }) },
    hash: 'b'.repeat(60) + String(seq).padStart(4, '0'), prev_hash: 'c'.repeat(64),
    correlation_id: evil ? EVIL : 'request-' + seq, causation_id: evil ? 'javascript:alert(1)' : 'fct_' + (seq - 1),
    ...(seq === 3 && { corrects: 'fct_2' }) };
}

function facts(id, url) {
  const { cursor, limit, type, correlation_id } = Object.fromEntries(url.searchParams);
  let all = Array.from({ length: HEAD }, (_, index) => fact(id, HEAD - index));
  if (type) all = all.filter((one) => one.type === type);
  if (correlation_id) all = all.filter((one) => one.correlation_id === correlation_id);
  const data = all.filter((one) => one.seq < Number(cursor ?? HEAD + 1)).slice(0, Number(limit));
  const more = (data.at(-1)?.seq ?? 1) > (all.at(-1)?.seq ?? 1);
  return Response.json({ object: 'list', data, has_more: more, next_cursor: more ? String(data.at(-1).seq) : null });
}

function state(id, seq) {
  const masked = id === 'acct_withheld';
  const value = { Balance: { total: seq * 10, ...(seq % 2 && { odd: true }) }, steady: [1, 2] };
  return Response.json({ object: 'state', entity_id: id, seq, as_of: AT, state: masked ? {} : value,
    ...(masked && { masked: true }) });
}

function config(type) {
  if (type !== 'pricing') return Response.json({ code: 'not_found' }, { status: 404 });
  const source = { id: 'cfg_pricing', version: 3, scope: 'tenant', effective_at: AT };
  return Response.json({ object: 'effective_config', type, ...source, settings: { fee: 25 }, sources: [source] });
}

function list(url, { tenant_id: tenant }) {
  if (tenant.startsWith('empty')) return Response.json({ object: 'list', data: [], has_more: false, next_cursor: null });
  if (tenant.startsWith('older')) return Response.json({ code: 'method_not_allowed' }, { status: 405 });
  const prefix = url.searchParams.get('prefix') ?? '';
  const ids = ['acct_good', 'acct_of_' + tenant].filter((id) => id.startsWith(prefix));
  const data = ids.map((id) => ({ object: 'entity_summary', id, type: 'account', facts: HEAD, storage_bytes: 4096, reported_at: AT }));
  const more = !url.searchParams.has('cursor') && prefix === '';
  return Response.json({ object: 'list', data, has_more: more, next_cursor: more ? 'further' : null });
}

function claimsOf(request) {
  const payload = request.headers.get('authorization')?.split('.')[1];
  return payload && JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
}
`;

const handlers = Object.entries(MANNERS).map(([name, body]) => `${name}: () => { ${body} }`);

export const entityTenants = {
  name: 'tenants',
  modules: true,
  script: `const MANNERS = { ${handlers.join(',\n')} };\n${SCRIPT}`,
  compatibilityDate: '2026-10-01',
};
