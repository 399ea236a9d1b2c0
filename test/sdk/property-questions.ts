// How the steps of a property history are put to a real ledger, and its answers brought into the few
// words that the model has for them.
import {
  type Fact,
  type FactInput,
  LedgerError,
  type Outcome,
  type WriteContext,
} from '@z0-app/sdk';
import type { PropertyLedger } from './ledgers.ts';
import { BULK, emailOf, KEYS, type Put, settingsOf, type Write } from './property-model.ts';
import { context, valueOf } from './world.ts';

export async function perform(
  ledger: PropertyLedger,
  one: Write & { key: number },
  version: number | undefined,
  canary: string,
): Promise<string> {
  const with_: WriteContext = {
    ...context,
    route: one.kind,
    correlationId: `${one.kind}:${one.key}`,
    ...(one.key < KEYS ? { idempotencyKey: `k${one.key}` } : {}),
    ...(version === undefined ? {} : { expectedVersion: version }),
  };
  const note = 'noted' in one && one.noted ? { note: canary } : {};
  const add = (by: number, at: number): FactInput => ({ type: 'add', data: { by, at, ...note } });
  switch (one.kind) {
    case 'append':
      return answerOf(await ledger.append(add(one.by[0] ?? 0, 0), with_));
    case 'batch':
      return answerOf(await ledger.appendBatch(one.by.map(add), with_));
    case 'bulk':
      return answerOf(await ledger.appendBatch(Array<number>(BULK).fill(0).map(add), with_));
    case 'broken':
      return answerOf(await ledger.append({ type: 'broken' }, with_));
    case 'system':
      return appendSystem(ledger, with_);
    case 'patch':
      return answerOf(
        await ledger.patchEntity({ data: { email: emailOf(canary, one.to) } }, with_),
      );
    case 'move':
      return answerOf(await ledger.changeLifecycle({ to: one.to }, with_));
    case 'put':
      return answerOf(await ledger.putConfig(configInput(one, false), with_));
  }
}

async function appendSystem(ledger: PropertyLedger, with_: WriteContext): Promise<string> {
  try {
    const fact = await ledger.appendFact({ type: 'system', subtype: 'noted' }, with_);
    return `ok ${fact.seq}`;
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

function answerOf(outcome: Outcome<unknown>): string {
  if (!outcome.ok) return outcome.error.code;
  // Parse edge: a fact, facts, an entity or a Config, told apart by what only they have.
  const all = [outcome.value].flat() as { seq?: number; lifecycle?: string; version?: number }[];
  const [first, last] = [all[0], all.at(-1)];
  if (first?.seq === undefined) return first?.lifecycle ? `ok ${first.version}` : 'ok';
  return first === last ? `ok ${first.seq}` : `ok ${first.seq}-${last?.seq}`;
}

export function configInput({ type, content: is, state: to }: Put, isTenant: boolean) {
  const id = isTenant ? `cfg_tenant_${type}` : `cfg_${type}`;
  const settings = to === 'archived' ? {} : { settings: settingsOf(is, isTenant) };
  return { id, type, state: to, ...settings };
}

export function stateText(outcome: Outcome<{ state: Record<string, unknown> }>): string {
  const { Email, Note, Total } = valueOf(outcome).state;
  return JSON.stringify({ Email, Note, Total });
}

/** State at the time of `seq` is state after the last fact of that time. */
export async function askByTime(ledger: PropertyLedger, seq: number): Promise<string> {
  const { as_of } = valueOf(await ledger.getState({ seq }));
  const then = valueOf(await ledger.getState({ at: as_of }));
  const same = await ledger.getState({ seq: then.seq });
  const next = await ledger.getState({ seq: then.seq + 1 });
  const isLast = !next.ok || next.value.as_of > as_of;
  const isRight = then.seq >= seq && then.as_of === as_of && isLast;
  return isRight && stateText(same) === stateText({ ok: true, value: then })
    ? 'consistent'
    : JSON.stringify({ seq, as_of, found: then, same, next });
}

export async function askLimit(ledger: PropertyLedger): Promise<string> {
  const outcome = await ledger.effectiveConfig('limit');
  if (!outcome.ok) return outcome.error.code;
  const { id, version, settings } = outcome.value;
  return `${id}@${version} ${JSON.stringify(settings.limit)}`;
}

export async function reconciled(ledger: PropertyLedger): Promise<string> {
  const { ok, seq } = valueOf(await ledger.reconcile());
  return `${ok} ${seq}`;
}

export async function verified(ledger: PropertyLedger): Promise<string> {
  const { facts, faults } = valueOf(await ledger.verify());
  return [facts, ...faults.map(({ code, seq }) => `${code}@${seq}`)].join(' ');
}

export async function versionsOf(ledger: PropertyLedger, id: string): Promise<string[]> {
  const outcome = await ledger.listConfigVersions(id);
  return outcome.ok ? outcome.value.map((one) => one.state) : [];
}

/** A fact as the model has it. */
export function lineOf(fact: Fact): string {
  const { type, subtype, correlation_id, config_id, config_version } = fact;
  const name = subtype === undefined ? type : `${type}/${subtype}`;
  const cites = config_id === undefined ? undefined : `${config_id}@${config_version}`;
  return [name, correlation_id, cites].filter((one) => one !== undefined).join(' ');
}

/** Names of the tables that hold `text` in any row, as text or as bytes. */
export function tablesWith(sql: SqlStorage, text: string): string[] {
  const query =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";
  const names = sql.exec<{ name: string }>(query).toArray();
  const decoder = new TextDecoder('latin1');
  return names.flatMap(({ name }) => {
    for (const row of sql.exec(`SELECT * FROM "${name}"`)) {
      for (const value of Object.values(row)) {
        const said = value instanceof ArrayBuffer ? decoder.decode(value) : String(value);
        if (said.includes(text)) return [name];
      }
    }
    return [];
  });
}
