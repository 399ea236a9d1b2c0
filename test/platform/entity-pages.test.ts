// The operator's pages of a tenant's entities: looking is recorded first, personal data is asked for
// masked, and whatever a tenant's Worker answers stays text.

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { getPage, html, signIn } from './dashboard-world.ts';
import { activeTenant, call, freshId } from './world.ts';

const entities = (tenant: string, rest = ''): string =>
  `/dashboard/tenants/${tenant}/entities${rest}`;

async function looksAt(tenant: string): Promise<unknown[]> {
  const facts = await ledgerOf(env, tenant).listFacts({ type: 'operator_access', limit: 100 });
  return facts.ok ? facts.value.data.map(({ data }) => data) : [];
}

describe('the list of entities', () => {
  it('shows ids with their counts, is narrowed by a prefix and paged by a cursor', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    const all = await html(entities(id), cookie);
    expect(all).toContain(`href="${entities(id, '/acct_good')}"`);
    expect(all).toContain(`href="${entities(id, '?cursor=further')}"`);
    const narrowed = await html(entities(id, '?prefix=acct_of'), cookie);
    expect(narrowed).toContain(entities(id, `/acct_of_${id}`));
    expect(narrowed).not.toContain('acct_good');
    expect(await html(entities(id, '?prefix=zz'), cookie)).toContain('Open zz');
  });

  it('says what to do while there is none, or while the Worker knows no list', async () => {
    const cookie = await signIn();
    const empty = await activeTenant(freshId('empty'));
    expect(await html(entities(empty), cookie)).toContain('No entity of this tenant has reported');
    const older = await activeTenant(freshId('older'));
    const page = await html(entities(older), cookie);
    expect(page).toContain('405 (method_not_allowed)');
    expect(page).toContain('type its whole id');
  });
});

describe('the page of an entity', () => {
  it('asks as the operator, masked, and shows facts, state, change and Configs', async () => {
    const id = await activeTenant();
    const page = await html(entities(id, '/acct_good'), await signIn());
    for (const text of ['z0-operator', 'ledger:read ledger:masked', 'newest, after fact 45']) {
      expect(page).toContain(text);
    }
    expect(page).toMatch(/id="fact-45".*id="fact-44".*id="fact-26"/su);
    expect(page).not.toContain('id="fact-25"');
    expect(page).toContain(entities(id, '/acct_good?cursor=26#facts'));
    for (const text of ['Balance.total', '<del>440</del>', '<ins>450</ins>', 'Balance.odd']) {
      expect(page).toContain(text);
    }
    for (const text of ['pricing', 'version 3, from the tenant', 'cfg_pricing']) {
      expect(page).toContain(text);
    }
  });

  it('goes back in time by a position, and compares with the newest', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    const then = await html(entities(id, '/acct_good?seq=10'), cookie);
    expect(then).toContain('after fact 10 of 45');
    expect(then).toMatch(
      /<input id="state-seq" type="range" name="seq" min="1" max="45" value="10"/u,
    );
    expect(then).toContain('<del>90</del>');
    const since = await html(entities(id, '/acct_good?seq=10&against=newest'), cookie);
    expect(since).toContain('What has changed since');
    expect(since).toContain('<del>100</del>');
    expect(since).toContain('<ins>450</ins>');
    expect(await html(entities(id, '/acct_good?seq=1'), cookie)).toContain('added');
    expect(await html(entities(id, '/acct_good?seq=9999'), cookie)).toContain(
      'newest, after fact 45',
    );
    expect(await html(entities(id, '/acct_good?seq=zero&cursor=%0a'), cookie)).toContain('newest');
  });

  it('links what a fact corrects, what caused it and what came with it', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    const page = await html(entities(id, '/acct_good?cursor=4'), cookie);
    expect(page).toContain(entities(id, '/acct_good?fact=fct_2#facts'));
    expect(page).toContain(entities(id, '/acct_good?correlation_id=request-3#facts'));
    const one = await html(entities(id, '/acct_good?fact=fct_2'), cookie);
    expect(one).toContain('id="fact-2"');
    expect(one).not.toContain('id="fact-3"');
    const together = await html(entities(id, '/acct_good?correlation_id=request-3'), cookie);
    expect(together).toContain('id="fact-3"');
    expect(together).not.toContain('id="fact-2"');
  });

  it('says in words what verification finds', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    expect(await html(entities(id, '/acct_good'), cookie)).not.toContain('Proved');
    expect(await html(entities(id, '/acct_good?verify=1'), cookie)).toContain('Proved: 45 facts');
    const bent = await html(entities(id, '/acct_bent?verify=1'), cookie);
    expect(bent).toContain('Not proved: 2 faults in 45 facts');
    expect(bent).toContain('A fact does not follow on the one before it.');
    expect(bent).toContain('A fault of a kind that is not known here.');
  });

  it('says so when a state cannot be masked, and shows none of it', async () => {
    const id = await activeTenant();
    const page = await html(entities(id, '/acct_withheld'), await signIn());
    expect(page).toContain('The state is withheld');
    expect(page).not.toContain('id="whole-state"');
  });

  it('is not there for an id that names nothing, whatever it looks like', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    for (const name of ['acct_none', '%3Cscript%3E', '..%2F..%2Fself', '%2e%2e', 'a%20b']) {
      const response = await getPage(entities(id, `/${name}`), cookie);
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain('<script>');
    }
    expect((await getPage(entities('nobody', '/acct_good'), cookie)).status).toBe(404);
  });

  it('is for nobody without a session', async () => {
    const id = await activeTenant();
    for (const path of [entities(id), entities(id, '/acct_good')]) {
      expect((await getPage(path)).status).toBe(401);
    }
    expect(await looksAt(id)).toEqual([]);
  });
});

describe('what a hostile Worker answers', () => {
  it.each([
    ['html', 'something else'],
    ['shape', 'something else'],
    ['other', 'something else'],
    ['deep', 'something else'],
    ['elsewhere', 'something else'],
    ['failing', 'The Worker is not answering: 500.'],
    ['busy', 'The Worker is not answering: 503.'],
    ['limited', '429 (rate_limited)'],
    ['huge', 'more than a page can show'],
    ['slow', 'took too long'],
  ])('as acct_%s is told for what it is', { timeout: 20_000 }, async (manner, said) => {
    const id = await activeTenant();
    const page = await html(entities(id, `/acct_${manner}`), await signIn());
    expect(page).toContain(said);
    expect(page).not.toContain('made up');
    expect(page).not.toContain('acct_somebody_else');
  });

  it('is never markup, never a link of its own, and never invisible', async () => {
    const id = await activeTenant();
    const page = await html(entities(id, '/acct_evil?verify=1'), await signIn());
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script>');
    expect(page).not.toContain('\u202e');
    expect(page).toContain('\\u{202e}');
    expect(page).not.toMatch(/href="javascript:/u);
    expect(page).toContain('status is-unknown');
    for (const [, href] of page.matchAll(/href="([^"]*)"/gu)) expect(href).toMatch(/^\/dashboard/u);
  });
});

describe('looking', () => {
  it('is recorded once for each session, thing and quarter of an hour, before it is shown', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    for (const rest of ['/acct_good', '/acct_good?seq=3', '', '?prefix=acct', '/acct_bent']) {
      await html(entities(id, rest), cookie);
    }
    const operator = { principal: 'operator' };
    expect(await looksAt(id)).toEqual([
      { entity_id: 'acct_good', page: 'entity', ...operator },
      { entity_id: '*', page: 'entities', ...operator },
      { entity_id: 'acct_bent', page: 'entity', ...operator },
    ]);
  });

  it('is recorded even for what turns out not to be there', async () => {
    const id = await activeTenant();
    expect((await getPage(entities(id, '/acct_none'), await signIn())).status).toBe(404);
    expect(await looksAt(id)).toEqual([
      { entity_id: 'acct_none', page: 'entity', principal: 'operator' },
    ]);
  });

  it('that cannot be recorded shows nothing', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${id}`));
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec('ALTER TABLE facts RENAME TO facts_away');
    });
    const response = await getPage(entities(id, '/acct_good'), cookie);
    expect(response.status).toBe(503);
    const page = await response.text();
    expect(page).toContain('could not be recorded');
    expect(page).not.toContain('z0-operator');
  });

  it('shows nothing of a tenant that is not active, and says why', async () => {
    const id = await activeTenant();
    expect((await call('POST', `/v1/tenants/${id}/suspend`)).status).toBe(200);
    const cookie = await signIn();
    for (const rest of ['', '/acct_good']) {
      const page = await html(entities(id, rest), cookie);
      expect(page).toContain('The tenant is suspended');
      expect(page).not.toContain('Balance');
    }
    expect(await looksAt(id)).toEqual([]);
  });
});
