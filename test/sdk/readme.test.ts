// The README's example ledger does what a reader would expect of it.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import readme from '../../README.md?raw';
import source from './invoice-ledger.ts?raw';
import { context, valueOf } from './world.ts';

test('the example in the README is the code that is tested here', () => {
  expect(readme).toContain(source.slice(source.indexOf('import')));
});

test('an invoice takes payments up to what is open, and no further', async () => {
  const stub = env.INVOICE.get(env.INVOICE.newUniqueId());
  await runInDurableObject(stub, async (ledger) => {
    valueOf(await ledger.createEntity({ id: 'inv_1', type: 'invoice' }, context));
    valueOf(await ledger.append({ type: 'charge', data: { amount: 500 } }, context));
    const tooMuch = await ledger.append({ type: 'payment', data: { amount: 501 } }, context);
    expect(tooMuch).toMatchObject({ ok: false, error: { code: 'invariant_violated' } });
    valueOf(await ledger.append({ type: 'payment', data: { amount: 200 } }, context));
    expect(valueOf(await ledger.getState({})).state).toEqual({ InvoiceState: { open: 300 } });
    expect(valueOf(await ledger.verify())).toMatchObject({ ok: true });
  });
});
