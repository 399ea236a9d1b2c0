// What a tenant sees of itself: its own, all of it, and nothing of anybody else.
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { getPage, html, report, signIn } from './dashboard-world.ts';
import { cookieOf, openPortal, postForm, signInWith } from './portal-world.ts';
import { call, createKey } from './world.ts';

const PAGES = [
  '/portal',
  '/portal?resolution=hour',
  '/portal/entities',
  '/portal/entities/acct_good?verify=1',
  '/portal/errors',
  '/portal/errors?span=day',
  '/portal/keys',
  '/portal/limits',
  '/portal/versions',
  '/portal/access',
];

async function factsOf(tenant: string, type: string): Promise<unknown[]> {
  const facts = await ledgerOf(env, tenant).listFacts({ type, limit: 100 });
  return facts.ok ? facts.value.data.map(({ subtype, data }) => ({ subtype, ...data })) : [];
}

describe('the pages of one tenant', () => {
  it('never name another one, nor its keys, nor what it reported', async () => {
    const [mine, other] = [await openPortal('mine'), await openPortal('theirs')];
    await report(mine.tenant, { facts: 11 });
    await report(other.tenant, { facts: 987_654 });
    await html(`/dashboard/tenants/${other.tenant}/entities/acct_good`, await signIn());
    for (const path of PAGES) {
      const page = await html(path, mine.cookie);
      expect(page, path).toContain('A tenant');
      for (const foreign of [other.tenant, other.key.id, '987,654']) {
        expect(page, path).not.toContain(foreign);
      }
    }
    for (const path of [
      `/portal/entities/acct_of_${other.tenant}`,
      `/portal/keys/${other.key.id}/revoke`,
      `/portal/${other.tenant}`,
      `/portal/tenants/${other.tenant}/entities`,
    ]) {
      const [foreign, missing] = await Promise.all([
        getPage(path, mine.cookie),
        getPage(path.replace(other.tenant, 'nowhere').replace(other.key.id, 'key_0'), mine.cookie),
      ]);
      expect([foreign.status, missing.status]).toEqual([404, 404]);
      const bodies = await Promise.all([foreign.text(), missing.text()]);
      const [first, second] = bodies.map((body) => body.replace(/data-rendered-at="\d+"/u, ''));
      expect(first).toBe(second);
    }
  });

  it('read with a token of the visitor’s own key, and nothing masked', async () => {
    const { tenant, key, cookie } = await openPortal();
    const page = await html('/portal/entities/acct_good', cookie);
    for (const text of [tenant, key.id, '&quot;scope&quot;: &quot;ledger:read&quot;']) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain('ledger:masked');
    expect(page).not.toContain('recorded, and the tenant can see it');
    expect(await factsOf(tenant, 'operator_access')).toEqual([]);
  });

  it('carry the dashboard’s strict policy and may send their forms', async () => {
    const { cookie } = await openPortal();
    for (const path of [...PAGES, '/portal/nothing']) {
      const { headers } = await getPage(path, cookie);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('same-origin');
    }
  });

  it('show a hostile answer of its own Worker as text', async () => {
    const { cookie } = await openPortal();
    const page = await html('/portal/entities/acct_evil', cookie);
    expect(page).not.toContain('<script>');
    expect(page).not.toMatch(/href="javascript:/u);
    expect(await html('/portal/entities/acct_shape', cookie)).toContain('something else');
  });

  it('show what was reported, what is allowed and which versions ran', async () => {
    const { tenant, cookie } = await openPortal();
    await report(tenant, { facts: 1_234, entities: 7 });
    expect(await html('/portal', cookie)).toContain('1,234');
    const limits = await html('/portal/limits', cookie);
    for (const text of ['plan standard', '30,000', '200 ms', '1 of 2'.slice(0, 1)]) {
      expect(limits).toContain(text);
    }
    expect(await html('/portal/versions', cookie)).toContain('How it was built');
    expect(await html('/portal/errors', cookie)).toContain('No request was refused or failed');
  });
});

describe('the operator’s looks', () => {
  it('stand under Access, as soon as they happened', async () => {
    const { tenant, cookie } = await openPortal();
    expect(await html('/portal/access', cookie)).toContain('has not looked at any');
    const operator = await signIn();
    await html(`/dashboard/tenants/${tenant}/entities`, operator);
    await html(`/dashboard/tenants/${tenant}/entities/acct_good`, operator);
    const page = await html('/portal/access', cookie);
    expect(page).toContain('the list of your entities');
    expect(page).toContain('href="/portal/entities/acct_good"');
    expect(await html('/portal/access?cursor=made-up', cookie)).toContain('acct_good');
  });
});

describe('keys', () => {
  it('are made with a secret that is shown once and works', async () => {
    const { tenant, key, cookie } = await openPortal();
    const form = { key: crypto.randomUUID(), label: 'second <b>' };
    const made = await postForm('/portal/keys', form, { cookie });
    expect(made.status).toBe(201);
    const page = await made.text();
    expect(page).toContain('second &lt;b&gt;');
    const secret = /z0_test_[0-9a-z_]+/u.exec(page)?.[0] ?? '';
    const id = /key_[0-9a-z]{26}/u.exec(page)?.[0] ?? '';
    await signInWith({ ...key, client_id: id, client_secret: secret });
    const again = await postForm('/portal/keys', form, { cookie });
    expect(await again.text()).toContain('It was shown once already');
    expect(await html('/portal/keys', cookie)).not.toContain('z0_test_');
    const created = await factsOf(tenant, 'key');
    expect(created.at(-1)).toMatchObject({ key_id: id, principal: key.id });
    const third = await postForm('/portal/keys', { key: crypto.randomUUID() }, { cookie });
    expect(third.status).toBe(409);
    expect(await third.text()).toContain('revoke one first');
  });

  it('are revoked after asking, the visitor’s own ends the session, the last one stays', async () => {
    const { tenant, key, cookie } = await openPortal();
    const revoke = `/portal/keys/${key.id}/revoke`;
    expect(await html(revoke, cookie)).toContain('This is your only live key');
    const form = { key: crypto.randomUUID() };
    expect((await postForm(revoke, form, { cookie })).status).toBe(409);
    const second = await createKey(tenant, { label: 'second' });
    expect(await html(revoke, cookie)).toContain('so you will be signed out');
    expect((await postForm(revoke, form, { cookie, origin: 'https://a.test' })).status).toBe(403);
    expect((await getPage('/portal', cookie)).status).toBe(200);
    const done = await postForm(revoke, form, { cookie });
    expect([done.status, done.headers.get('location')]).toEqual([303, '/portal/keys']);
    expect((await getPage('/portal', cookie)).status).toBe(401);
    expect((await factsOf(tenant, 'key')).at(-1)).toEqual({
      subtype: 'revoked',
      key_id: key.id,
      principal: key.id,
    });
    expect((await getPage('/portal', await signInWith(second))).status).toBe(200);
  });

  it('of another tenant cannot be revoked, whatever the form says', async () => {
    const [mine, other] = [await openPortal(), await openPortal()];
    await createKey(other.tenant);
    const form = { key: crypto.randomUUID(), tenant_id: other.tenant };
    const path = `/portal/keys/${other.key.id}/revoke`;
    expect((await postForm(path, form, { cookie: mine.cookie })).status).toBe(404);
    expect((await getPage('/portal', other.cookie)).status).toBe(200);
  });

  it('need a label that can be read, and a session', async () => {
    const { cookie } = await openPortal();
    const form = { key: crypto.randomUUID(), label: 'a\u0000b' };
    expect((await postForm('/portal/keys', form, { cookie })).status).toBe(400);
    const nobody = await postForm('/portal/keys', { key: crypto.randomUUID() });
    expect([nobody.status, cookieOf(nobody)]).toEqual([401, '']);
  });
});

describe('events', () => {
  it('are open to a visitor and name only its tenant', async () => {
    const { cookie } = await openPortal();
    const response = await getPage('/portal/events', cookie);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await response.body?.cancel();
    expect((await call('GET', '/portal/events', { token: null })).status).toBe(401);
  });
});
