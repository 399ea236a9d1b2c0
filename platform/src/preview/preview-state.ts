// What the facts about previews add up to: the latest runs, what each came to, and what they were
// compared with. Pure; the reports themselves are kept elsewhere.
import type { Fact, JsonObject } from '@z0-app/sdk';
import * as z from 'zod';

/** Which entities: as many of all as the plan allows, the newest so many, or those named. */
export const previewSample = z.union([
  z.literal('all'),
  z.strictObject({ newest: z.int().min(1).max(1_000) }),
  z.strictObject({ entities: z.array(z.string().min(3).max(128)).min(1).max(100) }),
]);
export type PreviewSample = z.infer<typeof previewSample>;

export const previewSummary = z.object({
  /** Entities replayed under both codes. */
  entities: z.int(),
  facts: z.int(),
  /** Of `entities`: those that differ in any way. */
  differing: z.int(),
  /** Entities with facts that an invariant would have refused, and did not under the present code. */
  broken: z.int(),
  /** Entities over which something threw that did not under the present code. */
  threw: z.int(),
  /** Entities whose replay under the new code did not come to an end. */
  not_replayed: z.int(),
  /** Entities that were not looked at: for the plan's bounds, or because nothing serves them. */
  left_out: z.int(),
  /** Facts of entities looked at that were not copied. */
  facts_left_out: z.int(),
  /** Milliseconds of all replays together, under the new code and under the present one. */
  replay_ms: z.int(),
  replay_ms_now: z.int(),
});
export type PreviewSummary = z.infer<typeof previewSummary>;

/** What one run of a preview came to. */
export const previewFinding = z.object({
  id: z.string(),
  version_id: z.string(),
  /** What was live: a version, or the template alone in one of its versions. */
  against: z.string(),
  sample: previewSample,
  /** Whether there is anything that has to be accepted before the version becomes live. */
  differs: z.boolean(),
  summary: previewSummary,
  /** Why there is no report of entities, where there is none: it counts as a difference. */
  unread: z.string().nullable(),
});
export type PreviewFinding = z.infer<typeof previewFinding>;

export type Preview = {
  id: string;
  version_id: string;
  sample: PreviewSample;
  status: 'running' | 'finished' | 'failed';
  against: string | null;
  differs: boolean | null;
  summary: PreviewSummary | null;
  unread: string | null;
  error: string | null;
  started_at: string;
  ended_at: string | null;
};

export type TenantPreviews = {
  /** The latest ones, oldest first. */
  previews: Preview[];
  /** Asked for so far; part of every id that is. */
  count: number;
};

export const NO_PREVIEWS: TenantPreviews = { previews: [], count: 0 };

const KEPT_PREVIEWS = 30;
/** What was found is old after that: the tenant goes on appending. */
const FRESH_MS = 60 * 60_000;

/** The state after `fact`; the very same one when the fact says nothing of previews. */
export function evolvePreviews(state: TenantPreviews, fact: Fact): TenantPreviews {
  if (fact.type !== 'preview') return state;
  const { data, timestamp: at } = fact;
  if (fact.subtype === 'requested') return requested(state, data, at);
  if (fact.subtype === 'finished') return finished(state, previewFinding.parse(data), at);
  const error = text(data['error']);
  return change(state, text(data['id']), { status: 'failed', error, ended_at: at });
}

function requested(state: TenantPreviews, data: JsonObject, at: string): TenantPreviews {
  const preview: Preview = {
    ...UNKNOWN,
    id: text(data['id']),
    version_id: text(data['version_id']),
    sample: previewSample.parse(data['sample']),
    started_at: at,
  };
  return { count: state.count + 1, previews: [...state.previews, preview].slice(-KEPT_PREVIEWS) };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const UNKNOWN = {
  status: 'running',
  against: null,
  differs: null,
  summary: null,
  unread: null,
  error: null,
  ended_at: null,
} as const;

/** One that was not asked for by itself is part of an activation: it is known from its end on. */
function finished(state: TenantPreviews, finding: PreviewFinding, at: string): TenantPreviews {
  const isKnown = state.previews.some(({ id }) => id === finding.id);
  const ended = { ...finding, status: 'finished', ended_at: at } as const;
  if (isKnown) return change(state, finding.id, ended);
  const preview: Preview = { ...UNKNOWN, ...ended, started_at: at };
  return { ...state, previews: [...state.previews, preview].slice(-KEPT_PREVIEWS) };
}

function change(state: TenantPreviews, id: string, next: Partial<Preview>): TenantPreviews {
  return {
    ...state,
    previews: state.previews.map((one) => (one.id === id ? { ...one, ...next } : one)),
  };
}

export function runningPreview({ previews }: TenantPreviews): Preview | undefined {
  return previews.findLast(({ status }) => status === 'running');
}

export function latestPreview({ previews }: TenantPreviews, versionId: string) {
  return previews.findLast(({ version_id }) => version_id === versionId);
}

/**
 * The finding that decides whether the version may become live now, against what is live: one that
 * differs, whatever was looked at, or else one of all entities. One that found none decides nothing:
 * entities are not known before they report.
 */
export function fittingPreview(
  { previews }: TenantPreviews,
  wanted: { readonly version_id: string; readonly against: string; readonly nowMs: number },
): Preview | undefined {
  const fresh = previews.filter(
    ({ version_id, against, status, ended_at }) =>
      version_id === wanted.version_id &&
      against === wanted.against &&
      status === 'finished' &&
      Date.parse(ended_at ?? '') > wanted.nowMs - FRESH_MS,
  );
  const differing = fresh.findLast(({ differs }) => differs === true);
  if (differing !== undefined) return differing;
  return fresh.findLast(
    ({ sample, summary }) => sample === 'all' && summary !== null && summary.entities > 0,
  );
}
