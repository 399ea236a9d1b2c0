// How far the tenants of each plan were told what it allows, and how a page of them is told. What a tenant
// makes of it is for its own ledger, which also sees to it when it cannot be done at once.
import type { Env } from '../env.ts';
import { ledgerOf } from './ledger-of.ts';
import type { KnownPlan } from './plans.ts';

/** The routes, which the dispatcher reads, and the limits that Workers were uploaded with. */
export const PART_NAMES = ['route', 'worker'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Which tenants are being told of a plan, and how far that is. */
export interface PlanRollout {
  readonly plan: string;
  /** What the plan allows, as text: another text starts anew. */
  readonly target: string;
  /** The last tenant that was told; `null` after all of them. */
  readonly cursor: string | null;
  /** Those that could not be told. */
  readonly again: readonly string[];
  /** How often those were asked again. */
  readonly tries: number;
}

export interface PartProgress {
  /** What each plan's tenants were told last, as text. */
  readonly told: Readonly<Record<string, string>>;
  readonly run?: PlanRollout;
  /** When the next page may be told, in milliseconds since 1970. */
  readonly not_before: number;
}

const AT_ONCE = 20;
const MAX_AGAIN = 1_000;
/** A ledger may be out of reach for long; nobody else waits for it. */
const MAX_TRIES = 20;

/** The plans whose tenants were not told what they allow. */
export function unsettled(
  part: PartName,
  told: PartProgress['told'],
  plans: ReadonlyMap<string, KnownPlan>,
): Pick<PlanRollout, 'plan' | 'target'>[] {
  const names = new Set([...plans.keys(), ...Object.keys(told)]);
  return [...names]
    .map((plan) => ({ plan, target: targetOf(part, plans.get(plan)) }))
    .filter(({ plan, target }) => (told[plan] ?? '') !== target);
}

/** With the rollout to go on with: a plan that changed meanwhile starts anew, one that is done ends. */
export function runOf(
  part: PartName,
  progress: PartProgress,
  plans: ReadonlyMap<string, KnownPlan>,
): PartProgress {
  const { run, not_before } = progress;
  let { told } = progress;
  if (run !== undefined && run.target === targetOf(part, plans.get(run.plan))) {
    if (run.cursor !== null || isLeft(run)) return progress;
    told = { ...told, [run.plan]: run.target };
  }
  const [next] = unsettled(part, told, plans);
  if (next === undefined) return { told, not_before };
  return { told, not_before, run: { ...next, cursor: '', again: [], tries: 0 } };
}

/** `run` after a page of it was told. */
export function withPage(
  run: PlanRollout,
  page: {
    readonly ids: readonly string[];
    readonly failed: readonly string[];
    readonly limit: number;
  },
): PlanRollout {
  const { ids, failed, limit } = page;
  if (run.cursor === null) {
    return { ...run, again: [...run.again.slice(ids.length), ...failed], tries: run.tries + 1 };
  }
  const cursor = ids.length < limit ? null : (ids.at(-1) ?? null);
  return { ...run, cursor, again: [...run.again, ...failed].slice(0, MAX_AGAIN) };
}

/** Whether somebody could not be told and is worth another try. */
export function isLeft({ again, tries }: PlanRollout): boolean {
  return again.length > 0 && tries < MAX_TRIES;
}

/** Of a Worker, only what it is uploaded with; `''` for a plan that is no more. */
function targetOf(part: PartName, known: KnownPlan | undefined): string {
  if (known === undefined) return '';
  return JSON.stringify(part === 'route' ? known.plan : known.plan.limits);
}

interface PageQuery {
  readonly plan: string;
  /** Names of all plans there are: those on none of them count, too. */
  readonly others: readonly string[] | undefined;
  readonly after: string;
  readonly limit: number;
}

/** Tenants on a plan, by id. */
export async function pageOfTenants(db: D1Database, query: PageQuery): Promise<string[]> {
  const { plan, others, after, limit } = query;
  const known = JSON.stringify(others ?? null);
  const { results } = await db
    .prepare(
      `SELECT id FROM tenants
       WHERE id > ?1 AND status != 'deleted'
         AND (plan = ?2 OR (?3 != 'null' AND plan NOT IN (SELECT value FROM json_each(?3))))
       ORDER BY id LIMIT ?4`,
    )
    .bind(after, plan, known, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Tells tenants: those that could not be told, and how often the Cloudflare API was called for it. */
export async function refreshTenants(
  env: Env,
  ids: readonly string[],
  part: PartName,
): Promise<{ failed: string[]; calls: number }> {
  const failed: string[] = [];
  let calls = 0;
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    await Promise.all(
      some.map(async (id) => {
        try {
          const outcome = await ledgerOf(env, id).refreshPlan(part);
          if (outcome.ok && outcome.value.called) calls += 1;
        } catch (error) {
          const entry = { level: 'warn', event: 'plan_not_told', tenant_id: id };
          console.warn(JSON.stringify({ ...entry, detail: String(error).slice(0, 500) }));
          failed.push(id);
        }
      }),
    );
  }
  return { failed, calls };
}
