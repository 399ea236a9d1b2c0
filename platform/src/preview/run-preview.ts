// One preview from beginning to end: entities are chosen, copied into two throwaway scripts, replayed
// under both codes and compared. Killed anywhere, it is run again from the start; it changes nothing.
import { previewNameOf } from '@z0-app/provisioning';
import type { Env } from '../env.ts';
import { apiFor } from '../provisioning/provision-tenant.ts';
import { accepted } from '../provisioning/tenant-run-ledger.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { planOf } from '../tenants/plans.ts';
import { keptVersion } from '../versions/compose-version.ts';
import { type ChosenEntity, changedPrefixes, chooseEntities } from './choose-entities.ts';
import { compareReplays, type EntityReport, type ReplayedEntity } from './compare-replays.ts';
import { againstOf, type Code, liveCode, versionCode } from './preview-artefacts.ts';
import { type LeftOut, storeReport } from './preview-report.ts';
import { PreviewSide } from './preview-side.ts';
import type { PreviewFinding, PreviewSample, PreviewSummary } from './preview-state.ts';
import { type CopiedFact, TenantReader } from './tenant-reader.ts';

export interface PreviewTask {
  readonly id: string;
  readonly version_id: string;
  readonly sample: PreviewSample;
}

/** Entities that are read at the same time. */
const READ_AT_ONCE = 4;
/** Facts that are sent to a copy at once, at most; and characters, about. */
const BATCH_FACTS = 1_000;
const BATCH_CHARACTERS = 2_000_000;
/** Entities left out that are told by name. */
const MAX_LEFT_OUT = 50;
/** After that nothing more is replayed: what is left is told as such. */
const TOTAL_MS = 150_000;

/** What there is to do; known before any script is started. */
interface Plan {
  readonly env: Env;
  readonly tenantId: string;
  readonly task: PreviewTask;
  readonly against: string;
  readonly reader: TenantReader;
  readonly next: Code;
  readonly now: Code;
  readonly entities: readonly ChosenEntity[];
  readonly leftOut: number;
  readonly mostFacts: number;
  /** Why the entities cannot be known. */
  readonly unread: string | null;
}

/** Keeps the report, and answers what it came to. Throws what a retry may mend. */
export async function runPreview(
  env: Env,
  tenantId: string,
  task: PreviewTask,
): Promise<PreviewFinding> {
  const plan = await planPreview(env, tenantId, task);
  if (plan.entities.length === 0) return findingOf(plan, [], plan.unread);
  return replayPlan(plan);
}

/** The same where there is nothing to replay; `undefined` where there is. */
export async function findNothing(
  env: Env,
  tenantId: string,
  task: PreviewTask,
): Promise<PreviewFinding | undefined> {
  const plan = await planPreview(env, tenantId, task);
  if (plan.entities.length > 0) return undefined;
  return findingOf(plan, [], plan.unread);
}

async function planPreview(env: Env, tenantId: string, task: PreviewTask): Promise<Plan> {
  const ledger = ledgerOf(env, tenantId);
  const versions = accepted(await ledger.readVersions());
  const tenant = accepted(await ledger.read());
  const version = keptVersion(versions, task.version_id);
  const { preview } = await planOf(env, tenant);
  const reader = new TenantReader(env, tenantId);
  const next = versionCode(env, tenantId, version);
  const now = liveCode(env, tenant, versions, version);
  const prefixes = changedPrefixes(
    now.classes,
    next.classes,
    now.template_version === next.template_version,
  );
  const base = { env, tenantId, task, reader, next, now, mostFacts: preview.facts };
  const against = againstOf(versions, tenant);
  try {
    const bounds = { prefixes, most: preview.entities };
    const { entities, left_out } = await chooseEntities(reader, task.sample, bounds);
    return { ...base, against, entities, leftOut: left_out, unread: null };
  } catch (error) {
    // Code that is live and broken must not keep out the code that mends it.
    return { ...base, against, entities: [], leftOut: 0, unread: wordsOf(error) };
  }
}

async function replayPlan(plan: Plan): Promise<PreviewFinding> {
  const { env, tenantId, task } = plan;
  const { api, target } = apiFor(env, tenantId);
  const sideOf = (side: 'now' | 'next'): PreviewSide => {
    const script = previewNameOf(tenantId, task.id, side);
    return new PreviewSide({ env, tenantId, api, target: { ...target, script } });
  };
  const [now, next] = [sideOf('now'), sideOf('next')];
  try {
    const [codeNow, codeNext] = await Promise.all([plan.now.build(), plan.next.build()]);
    // Both have to be done with before either is deleted again.
    const started = await Promise.allSettled([now.start(codeNow), next.start(codeNext)]);
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    const copied = await copyAll(plan, [now, next]);
    const reports = await replayAll(copied.entities, now, next);
    const unread = copied.unread.length === 0 ? null : copied.unread.slice(0, 3).join(' ');
    const finding = findingOf(plan, reports, unread, copied.left_out.length);
    const entities = reports.toSorted((a, b) => Number(b.differs) - Number(a.differs));
    const left_out = copied.left_out.slice(0, MAX_LEFT_OUT);
    const report = { id: task.id, entities, left_out };
    await storeReport(env.ARTEFACTS, tenantId, task.version_id, report);
    return finding;
  } finally {
    await Promise.all([now.end(), next.end()]);
  }
}

interface Copied {
  readonly entities: ReplayedEntity[];
  readonly left_out: LeftOut[];
  readonly unread: string[];
}

/** Reads and copies entities within the plan's facts, several at a time. */
async function copyAll(plan: Plan, sides: readonly PreviewSide[]): Promise<Copied> {
  const copied: Copied = { entities: [], left_out: [], unread: [] };
  const leaveOut = (entity_id: string, reason: string): void => {
    copied.left_out.push({ entity_id, reason });
  };
  const left = { facts: plan.mostFacts };
  const waiting = [...plan.entities];
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      if (left.facts <= 0) {
        leaveOut(one.id, 'The plan allows no more facts.');
        continue;
      }
      try {
        const entity = await copyOne(plan.reader, one, sides, left);
        if (entity === undefined) leaveOut(one.id, 'There is no such entity.');
        else copied.entities.push(entity);
      } catch (error) {
        leaveOut(one.id, 'It could not be read.');
        copied.unread.push(wordsOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, work));
  return copied;
}

/** `undefined` for one that nothing serves. `left` is what all of them together may still copy. */
async function copyOne(
  reader: TenantReader,
  { id, facts: known = 0 }: ChosenEntity,
  sides: readonly PreviewSide[],
  left: { facts: number },
): Promise<ReplayedEntity | undefined> {
  let batch: CopiedFact[] = [];
  let characters = 0;
  let count = 0;
  let type = '';
  let parent: string | undefined;
  const send = async (): Promise<void> => {
    if (batch.length === 0) return;
    const facts = JSON.stringify(batch);
    batch = [];
    characters = 0;
    await Promise.all(sides.map((side) => side.copy(id, facts, parent)));
  };
  let cursor: string | null = null;
  let isCut = false;
  do {
    const page = await reader.facts(id, cursor);
    if (page === undefined) return undefined;
    const taken = page.data.slice(0, Math.max(0, left.facts));
    left.facts -= taken.length;
    count += taken.length;
    if (type === '') type = typeOf(taken[0]);
    parent = parentIn(taken) ?? parent;
    batch.push(...taken);
    characters += page.characters;
    if (batch.length >= BATCH_FACTS || characters >= BATCH_CHARACTERS) await send();
    cursor = page.next;
    isCut = cursor !== null || taken.length < page.data.length;
  } while (cursor !== null && left.facts > 0);
  await send();
  const facts_left_out = isCut ? Math.max(known - count, 1) : 0;
  return { entity_id: id, type, facts: count, facts_left_out };
}

/** Of the entity that the first fact of a ledger makes. */
function typeOf(fact: CopiedFact | undefined): string {
  const type = fact?.data['type'];
  return typeof type === 'string' ? type : '';
}

/** Whom the ledger tells what it appends, as far as `facts` say it. */
function parentIn(facts: readonly CopiedFact[]): string | undefined {
  const assigned = facts.findLast(({ subtype }) => subtype === 'parent_assigned');
  const id = assigned?.data['parent_id'];
  return typeof id === 'string' ? id : undefined;
}

/** One after the other: nothing else runs in either script while a replay is timed. */
async function replayAll(
  entities: readonly ReplayedEntity[],
  now: PreviewSide,
  next: PreviewSide,
): Promise<EntityReport[]> {
  const until = Date.now() + TOTAL_MS;
  const reports: EntityReport[] = [];
  for (const entity of entities) {
    const isLate = Date.now() > until;
    const late = { ok: false, error: 'Not replayed: the preview took too long.' } as const;
    const before = isLate ? late : await now.replay(entity.entity_id);
    const after = isLate ? late : await next.replay(entity.entity_id);
    reports.push(compareReplays(entity, before, after));
  }
  return reports;
}

function findingOf(
  { task, against, leftOut }: Plan,
  reports: readonly EntityReport[],
  unread: string | null,
  missing = 0,
): PreviewFinding {
  const count = (isSo: (report: EntityReport) => boolean): number => reports.filter(isSo).length;
  const sum = (of: (report: EntityReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const differing = count(({ differs }) => differs);
  const summary: PreviewSummary = {
    entities: reports.length,
    facts: sum(({ facts }) => facts),
    differing,
    broken: count(({ broken }) => broken.first.length > 0),
    threw: count(({ threw }) => threw.first.length > 0),
    not_replayed: count(({ error }) => error !== null),
    left_out: leftOut + missing,
    facts_left_out: sum(({ facts_left_out }) => facts_left_out),
    replay_ms: sum(({ replay_ms }) => replay_ms ?? 0),
    replay_ms_now: sum(({ replay_ms_now }) => replay_ms_now ?? 0),
  };
  const { id, version_id, sample } = task;
  const differs = differing > 0 || unread !== null;
  return { id, version_id, against, sample, differs, summary, unread };
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.slice(0, 300).toWellFormed();
}
