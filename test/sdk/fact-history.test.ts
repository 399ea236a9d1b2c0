// Outcomes, relationships and errors: facts with an agreed shape, and what follows from them.
import type {
  AiCompletionData,
  ErrorFactData,
  FactInput,
  HistoryQuery,
  LinkData,
  OutcomeData,
} from '@z0-app/sdk';
import { expect, test } from 'vitest';
import {
  append,
  type CounterStub,
  codeOf,
  context,
  createdLedger,
  inside,
  valueOf,
} from './world.ts';

const SUBJECT = 'deal_7';

function outcome(subtype: string, more: Partial<OutcomeData> = {}): FactInput {
  return { type: 'outcome', subtype, data: { subject: SUBJECT, ...more } };
}

function link(subtype: 'linked_to' | 'unlinked', data: LinkData): FactInput {
  return { type: 'relationship', subtype, data };
}

async function relatedTo(stub: CounterStub, query: HistoryQuery = {}): Promise<string[]> {
  const view = valueOf(await inside(stub, (ledger) => ledger.getRelationships(query)));
  return view.data.map(({ kind, target_id, role }) => `${kind} ${target_id} ${role ?? '-'}`);
}

test('an outcome is revised by a new fact: the latest counts, and what was thought then is told', async () => {
  const stub = await createdLedger();
  const won = valueOf(await append(stub, outcome('won')));
  await scheduler.wait(3);
  valueOf(await append(stub, { type: 'outcome', data: { subject: 'deal_8' } }));
  const lost = valueOf(await append(stub, outcome('lost', { supersedes: won.id })));
  const asked = (query: HistoryQuery) => inside(stub, (ledger) => ledger.outcomes(SUBJECT, query));
  expect(valueOf(await asked({}))).toEqual({
    object: 'outcome',
    entity_id: 'count_1',
    subject: SUBJECT,
    seq: 4,
    as_of: lost.recorded_at,
    current: lost,
    versions: [lost, won],
    has_more: false,
  });
  const then = valueOf(await asked({ at: won.recorded_at }));
  expect(then).toMatchObject({ seq: 2, current: won, versions: [won] });
  expect(codeOf(await asked({ at: '1999-01-01T00:00:00Z' }))).toBe('not_found');
  expect(codeOf(await asked({ at: 'then' }))).toBe('invalid_request');
  expect(codeOf(await inside(stub, (ledger) => ledger.outcomes('deal_9')))).toBe('not_found');
  expect(codeOf(await inside(stub, (ledger) => ledger.outcomes('')))).toBe('invalid_request');
});

test('of many versions the newest hundred are told, and that there are more', async () => {
  const stub = await createdLedger();
  const inputs = Array.from({ length: 101 }, () => outcome('qualified'));
  valueOf(await inside(stub, (ledger) => ledger.appendBatch(inputs, context)));
  const view = valueOf(await inside(stub, (ledger) => ledger.outcomes(SUBJECT)));
  expect([view.versions.length, view.has_more, view.current.seq]).toEqual([100, true, 102]);
});

test('a revision must replace an outcome of the same subject', async () => {
  const stub = await createdLedger();
  const other = valueOf(await append(stub, { type: 'outcome', data: { subject: 'deal_8' } }));
  const note = valueOf(await append(stub, { type: 'note', data: { subject: SUBJECT } }));
  for (const supersedes of [other.id, note.id, 'fct_none']) {
    expect(await append(stub, outcome('won', { supersedes }))).toMatchObject({
      error: { errors: [{ pointer: '/data/supersedes', code: 'unknown_fact' }] },
    });
  }
});

test('relationships are what their facts say, now and at a time', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, link('linked_to', { target_id: 'acct_2' })));
  const buyer = valueOf(
    await append(stub, link('linked_to', { target_id: 'acct_2', role: 'buyer' })),
  );
  await scheduler.wait(3);
  valueOf(await append(stub, link('linked_to', { target_id: 'acct_2', role: 'buyer' })));
  valueOf(await append(stub, link('unlinked', { target_id: 'acct_2' })));
  valueOf(await append(stub, link('unlinked', { target_id: 'acct_3' })));
  const assign = (parent_id: string | null) =>
    inside(stub, (ledger) =>
      ledger.appendFact({ type: 'relationship', subtype: 'parent_assigned', data: { parent_id } }),
    );
  await assign('proj_1');
  await assign('proj_2');
  expect(await relatedTo(stub)).toEqual(['link acct_2 buyer', 'parent proj_2 -']);
  expect(await relatedTo(stub, { at: buyer.recorded_at })).toEqual([
    'link acct_2 -',
    'link acct_2 buyer',
  ]);
  await assign(null);
  const view = valueOf(await inside(stub, (ledger) => ledger.getRelationships()));
  const since = buyer.timestamp;
  expect(view).toMatchObject({ seq: 9, data: [{ fact_id: buyer.id, since }] });
  expect(codeOf(await inside(stub, (ledger) => ledger.getRelationships({ at: '' })))).toBe(
    'invalid_request',
  );
});

test('more relationship facts than a page holds are all heard', async () => {
  const stub = await createdLedger();
  const inputs = Array.from({ length: 205 }, (_, n) =>
    link('linked_to', { target_id: `acct_${n}` }),
  );
  valueOf(await inside(stub, (ledger) => ledger.appendBatch(inputs, context)));
  expect(await relatedTo(stub)).toHaveLength(205);
});

test.each<[string, FactInput, string, string]>([
  ['a link to itself', link('linked_to', { target_id: 'count_1' }), '/data/target_id', 'self'],
  [
    'an end of a link to itself',
    link('unlinked', { target_id: 'count_1' }),
    '/data/target_id',
    'self',
  ],
  [
    'a link to nobody',
    { type: 'relationship', subtype: 'linked_to' },
    '/data/target_id',
    'required',
  ],
  ['a link to nothing', link('linked_to', { target_id: '' }), '/data/target_id', 'invalid_type'],
  ['an outcome of nothing', { type: 'outcome' }, '/data/subject', 'required'],
  [
    'an error without a code',
    { type: 'error', data: { message: '' } },
    '/data/error_code',
    'required',
  ],
  [
    'an error without words',
    { type: 'error', data: { error_code: 'E' } },
    '/data/message',
    'required',
  ],
  [
    'an error retried by half',
    { type: 'error', data: { error_code: 'E', message: '', retry_attempt: 0.5 } },
    '/data/retry_attempt',
    'invalid_type',
  ],
])('%s is refused', async (_, input, pointer, code) => {
  const stub = await createdLedger();
  expect(await append(stub, input)).toMatchObject({
    ok: false,
    error: { code: 'invalid_request', errors: [{ pointer, code }] },
  });
});

test('an entity is not its own parent, neither at birth nor later', async () => {
  const stub = await createdLedger();
  const input = { id: 'count_2', type: 'counter', parent_id: 'count_2' };
  const born = await inside(stub, (ledger) => ledger.createEntity(input, context));
  expect(born).toMatchObject({ error: { errors: [{ pointer: '/parent_id', code: 'self' }] } });
  const later = inside(stub, (ledger) =>
    ledger
      .appendFact({
        type: 'relationship',
        subtype: 'parent_assigned',
        data: { parent_id: 'count_1' },
      })
      .catch((error: { code: string }) => error.code),
  );
  expect(await later).toBe('invalid_request');
});

test('errors and AI invocations are facts like any other, in the structure of the seeds', async () => {
  const stub = await createdLedger();
  const failed: ErrorFactData = {
    error_code: 'ETIMEDOUT',
    message: 'Connection timed out after 30s',
    retry_attempt: 2,
    max_retries: 3,
    resolved: false,
    resolution_fact_id: null,
  };
  const completed: AiCompletionData = {
    model_id: 'gpt-4',
    model_version: 'gpt-4-0125-preview',
    parameters: { temperature: 0.7, max_tokens: 1000 },
    input_hash: 'sha256:00',
    output: 'yes',
    latency_ms: 1234,
    cost_usd: 0.03,
    tokens: { input: 500, output: 200 },
  };
  const correlation_id = 'original_request_id';
  const inputs: FactInput[] = [
    { type: 'error', subtype: 'tool_failure', correlation_id, data: failed },
    { type: 'tool_invocation', subtype: 'ai_completion', correlation_id, data: completed },
    { type: 'tool_invocation', subtype: 'sms', correlation_id, data: { cost_usd: 0 } },
  ];
  for (const input of inputs) expect(valueOf(await append(stub, input))).toMatchObject(input);
  const page = await inside(stub, (ledger) => ledger.listFacts({ correlation_id }));
  expect(valueOf(page).data).toHaveLength(3);
});
