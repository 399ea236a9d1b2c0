// Who gets into a tenant's portal, for how long, and what a form may come from. Refused credentials
// all look the same.
import { env } from 'cloudflare:workers';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { signPortalPass } from '../../platform/src/portal/session/portal-session.ts';
import { SignInAttempts } from '../../platform/src/portal/session/sign-in-attempts.ts';
import { getPage, signIn } from './dashboard-world.ts';
import { cookieOf, credentials, openPortal, postForm, signInWith } from './portal-world.ts';
import { activeTenant, call, createKey } from './world.ts';

const secret = env.SESSION_SECRET ?? '';
const soon = (): number => Math.floor(Date.now() / 1000) + 60;

const statusOf = async (path: string, cookie: string): Promise<number> =>
  (await getPage(path, cookie)).status;

describe('signing in', () => {
  it('turns a live key into a cookie that only the portal gets, for eight hours', async () => {
    const key = await createKey(await activeTenant());
    const form = credentials(key.client_id, key.client_secret ?? '');
    const response = await postForm('/portal/sign-in', form);
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^z0_portal=[^;]+; Max-Age=28800; Path=\/portal; /u);
    for (const part of ['HttpOnly', 'Secure', 'SameSite=Strict']) expect(cookie).toContain(part);
    expect(await statusOf('/portal', cookieOf(response))).toBe(200);
  });

  it('answers every wrong pair of id and secret in the same words', async () => {
    const tenant = await activeTenant();
    const key = await createKey(tenant);
    const other = await createKey(await activeTenant());
    const own = key.client_secret ?? '';
    const revoked = await createKey(tenant);
    await call('DELETE', `/v1/tenants/${tenant}/keys/${revoked.id}`);
    const pairs = [
      [key.client_id, `${own.slice(0, -1)}${own.endsWith('0') ? '1' : '0'}`],
      [key.client_id, other.client_secret ?? ''],
      [other.client_id, own],
      [`key_${'0'.repeat(26)}`, own],
      [revoked.client_id, revoked.client_secret ?? ''],
      ['<script>', 'x'],
    ];
    for (const [id = '', given = ''] of pairs) {
      const response = await postForm('/portal/sign-in', credentials(id, given));
      expect(response.status).toBe(401);
      expect(response.headers.has('set-cookie')).toBe(false);
      const page = await response.text();
      expect(page).toContain('The client is unknown, its secret is wrong, or it may not act now.');
      expect(page).not.toContain('<script>');
      expect(page).not.toContain(given.slice(40, 60) || 'nothing at all');
    }
  });

  it('is for forms of the portal itself', async () => {
    const key = await createKey(await activeTenant());
    const form = credentials(key.client_id, key.client_secret ?? '');
    for (const origin of ['https://elsewhere.test', 'null', null]) {
      const response = await postForm('/portal/sign-in', form, { origin });
      expect([response.status, response.headers.has('set-cookie')]).toEqual([403, false]);
    }
  });

  it('makes whoever guesses wait, and nobody else', async () => {
    const [mine, other] = [
      await createKey(await activeTenant()),
      await createKey(await activeTenant()),
    ];
    const wrong = credentials(mine.client_id, other.client_secret ?? '');
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await postForm('/portal/sign-in', wrong)).status).toBe(401);
    }
    const held = await postForm('/portal/sign-in', wrong);
    expect(held.status).toBe(429);
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0);
    await signInWith(other);
  });

  it('lets guessers try again after the minute, and forgets the oldest of very many', () => {
    const attempts = new SignInAttempts();
    for (let attempt = 0; attempt < 10; attempt += 1) attempts.failed('a', 1_000);
    expect([attempts.waitSeconds('a', 31_000), attempts.waitSeconds('b', 31_000)]).toEqual([30, 0]);
    expect(attempts.waitSeconds('a', 61_000)).toBe(0);
    for (let attempt = 0; attempt < 10; attempt += 1) attempts.failed('first', 70_000);
    for (let other = 0; other < 10_000; other += 1) attempts.failed(`other-${other}`, 70_000);
    expect(attempts.waitSeconds('first', 70_000)).toBe(0);
  });
});

describe('a session', () => {
  it('ends with its key, and with the tenant’s suspension', async () => {
    const { tenant, key, cookie } = await openPortal();
    const second = await createKey(tenant);
    const other = await signInWith(second);
    await call('DELETE', `/v1/tenants/${tenant}/keys/${key.id}`);
    const ended = await getPage('/portal', cookie);
    expect(ended.status).toBe(401);
    expect(ended.headers.get('set-cookie')).toMatch(/^z0_portal=; Max-Age=0; Path=\/portal/u);
    expect(await statusOf('/portal', other)).toBe(200);
    await call('POST', `/v1/tenants/${tenant}/suspend`);
    expect(await statusOf('/portal', other)).toBe(401);
    await call('POST', `/v1/tenants/${tenant}/resume`);
    expect(await statusOf('/portal', other)).toBe(200);
  });

  it('ends with the sign-out button, which only the portal has', async () => {
    const { cookie } = await openPortal();
    const foreign = await postForm('/portal/sign-out', {}, { cookie, origin: 'https://a.test' });
    expect([foreign.status, foreign.headers.has('set-cookie')]).toEqual([403, false]);
    const response = await postForm('/portal/sign-out', {}, { cookie });
    expect([response.status, cookieOf(response)]).toEqual([303, 'z0_portal=']);
  });

  it.each<[string, (tenant: string, key: string) => Promise<string>]>([
    ['made up', async () => 'abc.def.ghi'],
    [
      'signed with another secret',
      async (tenantId, keyId) => signPortalPass('x'.repeat(64), { tenantId, keyId }, soon()),
    ],
    ['over', async (tenantId, keyId) => signPortalPass(secret, { tenantId, keyId }, soon() - 61)],
    [
      'of another tenant’s key',
      async (tenantId) =>
        signPortalPass(secret, { tenantId, keyId: `key_${'0'.repeat(26)}` }, soon()),
    ],
    [
      'of no tenant',
      async (_, keyId) => signPortalPass(secret, { tenantId: 'nobody', keyId }, soon()),
    ],
    [
      'of another type',
      async (tenantId, keyId) =>
        new SignJWT({ tenant_id: tenantId })
          .setProtectedHeader({ alg: 'HS256', typ: 'z0-session+jwt' })
          .setAudience('z0-portal')
          .setSubject(keyId)
          .setIssuedAt()
          .setExpirationTime(soon())
          .sign(new TextEncoder().encode(secret)),
    ],
  ])('that is %s opens nothing', async (_, token) => {
    const { tenant, key } = await openPortal();
    const cookie = `z0_portal=${await token(tenant, key.id)}`;
    for (const path of ['', '/entities', '/keys', '/access', '/events', '/anything']) {
      const response = await getPage(`/portal${path}`, cookie);
      expect(response.status).toBe(401);
      const page = await response.text();
      expect(page).toContain('Client secret');
      expect(page).not.toContain(tenant);
    }
  });

  it('of the dashboard does not open the portal, nor the reverse', async () => {
    const { cookie } = await openPortal();
    const operator = await signIn();
    const asPortal = operator.replace('z0_session=', 'z0_portal=');
    const asDashboard = cookie.replace('z0_portal=', 'z0_session=');
    for (const given of [operator, asPortal]) expect(await statusOf('/portal', given)).toBe(401);
    for (const given of [cookie, asDashboard])
      expect(await statusOf('/dashboard', given)).toBe(401);
  });
});
