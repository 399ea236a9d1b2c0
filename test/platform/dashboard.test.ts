// The dashboard by its HTTP answers: who gets in, what a page may load, and that no value is markup.
// How it looks is for a browser to say, in test/e2e.
import { env } from 'cloudflare:workers';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { signSession } from '../../platform/src/dashboard/session/session.ts';
import { getPage, signIn, signInPath } from './dashboard-world.ts';
import { activeTenant, call, createKey, freshId } from './world.ts';

const now = () => Math.floor(Date.now() / 1000);
const secret = env.SESSION_SECRET ?? '';

function encode(part: object): string {
  return btoa(JSON.stringify(part)).replaceAll('=', '');
}

describe('signing in', () => {
  it('turns the link of the operator into a cookie that only the dashboard gets', async () => {
    const response = await getPage(await signInPath());
    expect([response.status, response.headers.get('location')]).toEqual([303, '/dashboard']);
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^z0_session=[^;]+; Max-Age=4(3200|3199); Path=\/dashboard; /u);
    for (const part of ['HttpOnly', 'Secure', 'SameSite=Strict']) expect(cookie).toContain(part);
    expect((await getPage('/dashboard', cookie.split(';')[0])).status).toBe(200);
  });

  it.each<[string, () => Promise<string>]>([
    ['missing', async () => ''],
    ['made up', async () => 'abc.def.ghi'],
    [
      'signed with another secret',
      async () => signSession('x'.repeat(64), 'z0-signin+jwt', now() + 60),
    ],
    ['over', async () => signSession(secret, 'z0-signin+jwt', now() - 1)],
    ['a session instead', async () => signSession(secret, 'z0-session+jwt', now() + 60)],
    [
      'not signed at all',
      async () => {
        const claims = { aud: 'z0-dashboard', sub: 'operator', iat: now(), exp: now() + 60 };
        return `${encode({ alg: 'none', typ: 'z0-signin+jwt' })}.${encode(claims)}.`;
      },
    ],
    [
      'without an end',
      async () => {
        const header = { alg: 'HS256', typ: 'z0-signin+jwt' };
        const token = new SignJWT({}).setProtectedHeader(header).setAudience('z0-dashboard');
        return token.setSubject('operator').setIssuedAt().sign(new TextEncoder().encode(secret));
      },
    ],
  ])('is refused when the token is %s', async (_, token) => {
    const response = await getPage(`/dashboard/sign-in?token=${await token()}`);
    expect(response.status).toBe(401);
    expect(response.headers.has('set-cookie')).toBe(false);
    expect(await response.text()).toContain('npx z0 dashboard');
  });

  it('is asked for on every page, and a sign-in token is no session', async () => {
    const token = await signSession(secret, 'z0-signin+jwt', now() + 60);
    for (const cookie of [undefined, 'z0_session=', `z0_session=${token}`]) {
      for (const path of ['', '/tenants', '/tenants/acme', '/tenants/acme/suspend']) {
        const response = await getPage(`/dashboard${path}`, cookie);
        expect(response.status).toBe(401);
        expect(await response.text()).toContain('npx z0 dashboard');
      }
    }
  });

  it('ends with the sign-out button', async () => {
    const response = await call('POST', '/dashboard/sign-out', { token: null });
    expect(response.status).toBe(303);
    expect(response.headers.get('set-cookie')).toMatch(
      /^z0_session=; Max-Age=0; Path=\/dashboard/u,
    );
  });
});

describe('the pages', () => {
  it('may load nothing but their own style sheet and script, and no one may frame them', async () => {
    const cookie = await signIn();
    for (const path of ['/dashboard', '/dashboard/tenants/none', '/dashboard/style.css']) {
      const { headers } = await getPage(path, cookie);
      expect(headers.get('content-security-policy')).toContain(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action",
      );
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
    const html = await (await getPage('/dashboard', cookie)).text();
    expect(html.match(/<script[^>]*>[^<]*/gu)).toEqual([
      expect.stringMatching(/^<script defer="" src="\/dashboard\/islands.js\?v=[0-9a-f]{16}">$/u),
    ]);
    expect(html).not.toMatch(/style=| on[a-z]+=/u);
  });

  it('show a tenant, its steps, its key ids and its facts, and no secret', async () => {
    const id = await activeTenant();
    const key = await createKey(id, { label: 'ci runner' });
    const cookie = await signIn();
    const list = await (await getPage('/dashboard/tenants', cookie)).text();
    expect(list).toContain(`href="/dashboard/tenants/${id}"`);
    const html = await (await getPage(`/dashboard/tenants/${id}`, cookie)).text();
    for (const text of ['Provisioning', 'smoke', 'ci runner', key.client_id, 'tenant activated']) {
      expect(html).toContain(text);
    }
    expect(html).not.toContain(key.client_secret?.slice(35));
    expect(html).not.toMatch(/[0-9a-f]{64}/u);
    expect(html).not.toContain('http-equiv="refresh"');
  });

  it('escape every value', async () => {
    const id = freshId();
    const name = '"><script>alert(1)</script><b a=\'';
    await call('POST', '/v1/tenants', { body: { id, name } });
    await createKey(id, { label: name });
    const cookie = await signIn();
    for (const path of ['', `/${id}`, `/${id}/suspend`]) {
      const html = await (await getPage(`/dashboard/tenants${path}`, cookie)).text();
      expect(html).toContain('&lt;script&gt;');
      expect(html).not.toContain('<script>');
    }
  });

  it('answer 404 for a tenant that is not there, whatever its name looks like', async () => {
    const cookie = await signIn();
    for (const name of ['nobody', '%3Cscript%3E', 'A']) {
      const response = await getPage(`/dashboard/tenants/${name}`, cookie);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain('No such tenant');
    }
  });
});
