// Brings the facts of a child to its parent, as the child's alarm does sooner or later. Never sends a
// fact itself: what arrives is what the ledger classes sent.
import { type Fact, isSystemFact } from '../src/fact.ts';
import type { LedgerTrial } from './ledger-trial.ts';
import { readAllFacts } from './read-ledger.ts';
import { refusalText } from './scenario-error.ts';

/** Looks at the parent without news before what stays at home is taken to stay there. */
const QUIET_LOOKS = 20;
const LOOK_MS = 10;

/** Runs the child's alarm until the parent has what the child sends, and proves the parent. */
export async function deliver(child: LedgerTrial, parent: LedgerTrial | undefined): Promise<void> {
  const { alarm } = child;
  if (!alarm || !parent) {
    const options = '{ alarm: runDurableObjectAlarm, parent: scenario(…) }';
    return child.fail(`Say how: scenario(…, ${options}), the first of cloudflare:test.`);
  }
  const facts = await readAllFacts(child.ledger);
  const from = facts.findIndex((fact) => fact.subtype === 'parent_assigned');
  const last = facts.findLast((fact, index) => index > from && isSent(fact))?.seq ?? 0;
  let taken = 0;
  for (let quiet = 0; taken < last && quiet < QUIET_LOOKS; quiet += 1) {
    await alarm();
    const seq = await takenIn(child, parent);
    if (seq === undefined || seq > taken) quiet = 0;
    taken = seq ?? taken;
    // The runtime may be in the middle of the same alarm: it rings by itself, too.
    if (taken < last) await scheduler.wait(LOOK_MS);
  }
  if (last > 0 && taken === 0) {
    await child.fail('Nothing came to the parent. Does stubOf look for it under its `name`?');
  }
  await parent.prove();
}

/**
 * The last of the child's facts that the parent is done with, undefined while some are under way; a
 * batch of none changes nothing.
 */
async function takenIn(child: LedgerTrial, parent: LedgerTrial): Promise<number | undefined> {
  const { entity, context } = child;
  const batch = { child_id: entity.id, tenant_id: context.tenantId, facts: [] };
  const ack = await parent.ledger.receiveChildFacts(batch);
  if (ack.ok) return ack.value.seq;
  if (ack.error.code === 'not_ready') return undefined;
  return parent.fail(`The parent refused its child: ${refusalText(ack.error)}`);
}

/** What a ledger class sends unless it says otherwise. */
function isSent(fact: Fact): boolean {
  return !isSystemFact(fact) && fact.type !== 'relationship';
}
