// What happens without one of the platform's secrets: nothing is answered, and only the log says
// which one is missing, by its name.
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../platform/src/app.ts';
import { problemOf } from './world.ts';

const [key] = JSON.parse(env.SIGNING_KEYS ?? '[]') as object[];

afterEach(() => vi.restoreAllMocks());

describe('nothing starts without its secrets', () => {
  it.each([
    ['CLOUDFLARE_API_TOKEN', ''],
    ['SIGNING_KEYS', undefined],
    ['SIGNING_KEYS', 'not-json-but-secret'],
    ['SIGNING_KEYS', '[]'],
    ['SIGNING_KEYS', JSON.stringify([key, key])],
    ['SIGNING_KEYS', JSON.stringify([{ ...key, d: undefined }])],
    ['OPERATOR_KEY_HASH', 'not-a-hash-but-secret'],
    ['SESSION_SECRET', 'short-secret'],
  ])('%s as %s answers not_ready, and the log has its name alone', async (name, value) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    for (const path of ['/healthz', '/v1/tenants', '/.well-known/jwks.json', '/dashboard']) {
      const request = new Request(`https://platform.test${path}`);
      const response = await createApp().fetch(request, { ...env, [name]: value });
      expect(response.headers.get('retry-after')).toBe('10');
      expect(await problemOf(response)).toMatchObject({ status: 503, code: 'not_ready' });
    }
    const logged = log.mock.calls.flat().join('\n');
    expect(logged).toContain(name);
    if (value) expect(logged).not.toContain(value);
  });

  it('with all of them it is healthy', async () => {
    const response = await createApp().fetch(new Request('https://platform.test/healthz'), env);
    expect(response.status).toBe(200);
  });
});
