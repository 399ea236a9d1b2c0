// A masked read shows a ledger and nothing personal in it; other reads, and other ledgers, stay as they are.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type FactInput, type LedgerStub, type Lifecycle, ledgerOf } from '@z0-app/sdk';
import { afterEach, expect, test } from 'vitest';
import { making } from './personal-ledgers.ts';
import { add, append, context, createdLedger, inside, valueOf, withKey } from './world.ts';

const CANARY = 'Kanarienvogel-77d0';
const FIELDS = making.fields;
const MASKED = { masked: true };
const order: FactInput = {
  type: 'order',
  data: { amount: 5, name: CANARY, ship_to: { street: CANARY, floors: [1] } },
};

afterEach(() => {
  making.fields = FIELDS;
});

async function contact(): Promise<string> {
  const id = `cont_${crypto.randomUUID()}`;
  const data = { email: CANARY, contact: { phone: CANARY }, tier: 'gold' };
  const input = { id, type: 'contact', owner_id: CANARY, data };
  valueOf(await ledgerAt(id).createEntity(input, withKey('create')));
  valueOf(await ledgerAt(id).append(order, context));
  return id;
}

function ledgerAt(id: string): LedgerStub {
  return ledgerOf(env.CONTACT, id);
}

async function evict(id: string): Promise<void> {
  const stub = env.CONTACT.get(env.CONTACT.idFromName(id));
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub);
}

/** All that the masked reads answer. */
async function maskedAnswers(ledger: LedgerStub) {
  const facts = valueOf(await ledger.listFacts(MASKED)).data;
  return {
    facts,
    entity: valueOf(await ledger.getEntity(MASKED)),
    fact: valueOf(await ledger.getFact(facts[1]?.id ?? '', MASKED)),
    state: valueOf(await ledger.getState(MASKED)),
    past: valueOf(await ledger.getState({ ...MASKED, seq: 2 })),
  };
}

test('declared fields read as a mask in facts and in the entity, and all else as it is', async () => {
  const ledger = ledgerAt(await contact());
  const answers = await maskedAnswers(ledger);
  expect(JSON.stringify(answers)).not.toContain(CANARY);
  expect(answers.entity).toMatchObject({
    owner_id: '•••',
    data: { email: '•••', contact: { phone: '•••' }, tier: 'gold' },
  });
  expect(answers.fact.data).toEqual({ amount: 5, name: '•••', ship_to: '•••' });
  expect(answers.facts[1]).toEqual(answers.fact);
});

test('a state that may hold personal data is withheld, and says so', async () => {
  const ledger = ledgerAt(await contact());
  const { state, past } = await maskedAnswers(ledger);
  expect(state).toMatchObject({ seq: 2, state: {}, masked: true });
  expect(past).toMatchObject({ seq: 2, state: {}, masked: true });
});

test('a masked read changes nothing that others read', async () => {
  const ledger = ledgerAt(await contact());
  await maskedAnswers(ledger);
  expect(valueOf(await ledger.getEntity()).data).toMatchObject({ email: CANARY });
  const { state, masked } = valueOf(await ledger.getState());
  expect([state.Sum, masked]).toEqual([5, undefined]);
  expect(valueOf(await ledger.listFacts({ type: 'order' })).data[0]?.data).toEqual(order.data);
});

test('what was stored before it was declared, and what no longer is, reads as a mask in facts', async () => {
  making.fields = undefined;
  const id = await contact();
  const ledger = ledgerAt(id);
  making.fields = FIELDS;
  await evict(id);
  valueOf(await ledger.append(order, context));
  making.fields = { order: ['/name'] };
  await evict(id);
  const facts = valueOf(await ledger.listFacts({ ...MASKED, type: 'order' })).data;
  const shipTo = { street: CANARY, floors: [1] };
  expect(facts.map(({ data }) => data)).toEqual([
    { amount: 5, name: '•••', ship_to: shipTo },
    { amount: 5, name: '•••', ship_to: '•••' },
  ]);
});

test('of an anonymized entity a masked read says what every read says', async () => {
  const ledger = ledgerAt(await contact());
  for (const to of ['retiring', 'retired', 'anonymized'] satisfies Lifecycle[]) {
    valueOf(await ledger.changeLifecycle({ to }, context));
  }
  const { facts, state } = await maskedAnswers(ledger);
  expect(facts).toEqual(valueOf(await ledger.listFacts()).data);
  expect(state).toEqual(valueOf(await ledger.getState()));
});

test('a ledger without personal data answers a masked read as ever', async () => {
  const ledger = await createdLedger();
  const { id } = valueOf(await append(ledger, add(1)));
  const [masked, open] = await inside(ledger, async (one) => [
    [await one.getEntity(MASKED), await one.getState(MASKED), await one.getFact(id, MASKED)],
    [await one.getEntity(), await one.getState(), await one.getFact(id)],
  ]);
  expect(masked).toEqual(open);
});

test('outcomes and relationships can be asked for masked, too', async () => {
  making.fields = { outcome: ['/note'] };
  const ledger = ledgerAt(await contact());
  const data = { subject: 'sub_1', note: CANARY };
  valueOf(await ledger.append({ type: 'outcome', data }, context));
  const masked = valueOf(await ledger.outcomes('sub_1', MASKED));
  expect(masked.current.data).toEqual({ subject: 'sub_1', note: '•••' });
  expect(valueOf(await ledger.outcomes('sub_1')).current.data).toEqual(data);
  expect(valueOf(await ledger.getRelationships(MASKED)).data).toEqual([]);
});
