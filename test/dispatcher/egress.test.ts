// What a tenant's code may reach, and what its requests carry when they leave.
import { expect, test } from 'vitest';
import { decideEgress } from '../../dispatcher/outbound/src/egress-policy.ts';
import outbound from '../../dispatcher/outbound/src/index.ts';

test.each([
  ['https://api.example.com/v1?q=1'],
  ['https://api.example.com:443/'],
  ['https://EXAMPLE.com'],
  ['https://example.com./'],
  ['https://1.example.com'],
  ['https://xn--bcher-kva.example'],
])('%s is allowed', (url) => {
  expect(decideEgress(url)).toEqual({ allowed: true });
});

test.each([
  ['not a url', 'not_a_url'],
  ['/relative', 'not_a_url'],
  ['http://example.com', 'scheme'],
  ['ws://example.com', 'scheme'],
  ['ftp://example.com', 'scheme'],
  ['data:text/plain,x', 'scheme'],
  ['file:///etc/passwd', 'scheme'],
  ['https://user@example.com', 'credentials'],
  ['https://:secret@example.com', 'credentials'],
  ['https://example.com:8443', 'port'],
  ['https://example.com:80', 'port'],
  ['https://127.0.0.1', 'ip_address'],
  ['https://127.1', 'ip_address'],
  ['https://2130706433', 'ip_address'],
  ['https://0x7f000001', 'ip_address'],
  ['https://0x7f.1', 'ip_address'],
  ['https://0177.0.0.1', 'ip_address'],
  ['https://127.0.0.1./', 'ip_address'],
  ['https://１２７.0.0.1', 'ip_address'],
  ['https://8.8.8.8', 'ip_address'],
  ['https://169.254.169.254/latest/meta-data', 'ip_address'],
  ['https://[::1]', 'ip_address'],
  ['https://[::ffff:127.0.0.1]', 'ip_address'],
  ['https://[fd00::1]', 'ip_address'],
  ['https://localhost', 'private_name'],
  ['https://LOCALHOST', 'private_name'],
  ['https://localhost.', 'private_name'],
  ['https://a.localhost', 'private_name'],
  ['https://printer.local', 'private_name'],
  ['https://metadata.google.internal', 'private_name'],
  ['https://metadata.google.internal.', 'private_name'],
  ['https://router.home.arpa', 'private_name'],
  ['https://intranet', 'private_name'],
])('%s is refused for its %s', (url, reason) => {
  expect(decideEgress(url)).toEqual({ allowed: false, reason });
});

const send = (request: Request): Promise<Response> =>
  // The handler reads a plain request; only the edge's own has `cf` filled in.
  outbound.fetch(request as Parameters<typeof outbound.fetch>[0], { tenant_id: 'acme' });

test('a refused request gets a problem and goes nowhere', async () => {
  const response = await send(new Request('http://169.254.169.254/latest'));
  expect(response.status).toBe(403);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ code: 'egress_denied' });
});

test('an allowed request leaves without what the platform told the tenant', async () => {
  const response = await send(
    new Request('https://api.example.com/hook?a=1', {
      method: 'POST',
      headers: {
        'x-z0-principal': 'user_1',
        'cf-ray': '1',
        'cf-worker': 'z',
        authorization: 'Bearer theirs',
      },
      body: 'payload',
    }),
  );
  const seen = await response.json<{ path: string; body: string; headers: [string, string][] }>();
  const sent = new Map(seen.headers);
  expect(seen).toMatchObject({ path: '/hook?a=1', body: 'payload' });
  expect(sent.get('authorization')).toBe('Bearer theirs');
  expect(sent.has('x-z0-principal')).toBe(false);
  expect(sent.has('cf-ray')).toBe(false);
  // The runtime names the zone by itself; what the tenant wrote there is gone.
  expect(sent.get('cf-worker')).not.toBe('z');
});
