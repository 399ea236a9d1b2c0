// Puts the replays of one entity under the present code and under the new one side by side. Pure; it
// takes both for what they say, which is all that code running beside the replay lets anyone know.
import * as z from 'zod';
import { stateDifference } from './state-lines.ts';

const told = z.object({
  seq: z.int(),
  where: z.string().max(300),
  detail: z.string().max(300),
});

const tally = z.object({
  count: z.int(),
  digest: z.string().max(64),
  first: z.array(told).max(50),
});
type Tally = z.infer<typeof tally>;

/** What a replay answers; from the isolate that runs the tenant's code, so every part is checked. */
export const replayAnswer = z.object({
  facts: z.int(),
  broken: tally,
  threw: tally,
  appended: tally,
  hooks_cut: z.boolean(),
  states: z
    .array(
      z.object({
        name: z.string().max(1_000),
        bytes: z.int(),
        hash: z.string().max(64),
        text: z.string().optional(),
      }),
    )
    .max(1_000),
});

/** One entity under one code. */
export type SideReplay =
  | { readonly ok: true; readonly ms: number; readonly answer: z.infer<typeof replayAnswer> }
  | { readonly ok: false; readonly error: string };

const json = z.unknown();
const change = z.object({
  kind: z.enum(['added', 'removed', 'changed']),
  path: z.array(z.union([z.string(), z.number()])),
  before: json.optional(),
  after: json.optional(),
});

const toldOf = (description: string) => {
  const fields = { count: z.int(), count_now: z.int(), first: z.array(told) };
  return z.object(fields).meta({ description });
};

export const entityReport = z
  .object({
    entity_id: z.string(),
    type: z.string(),
    facts: z.int(),
    facts_left_out: z.int(),
    differs: z.boolean(),
    diff: z.array(z.string()).meta({ description: 'Lines: `- ` as it is, `+ ` as it would be.' }),
    changes: z.array(change).meta({ description: 'The same as JSON, from the present state.' }),
    more_changes: z.int(),
    broken: toldOf('Facts an invariant would have refused; `first`: not under the present code.'),
    threw: toldOf('What threw; `first`: not under the present code.'),
    appended: toldOf('What hooks would append; `first`: and the present code would not.'),
    hooks_cut: z.boolean().meta({ description: 'A hook took too long, no more were run.' }),
    replay_ms: z.int().nullable(),
    replay_ms_now: z.int().nullable(),
    error: z.string().nullable().meta({ description: 'Why the new code’s replay did not end.' }),
    error_now: z.string().nullable(),
  })
  .meta({ id: 'EntityPreview' });
export type EntityReport = z.infer<typeof entityReport>;

export interface ReplayedEntity {
  readonly entity_id: string;
  readonly type: string;
  readonly facts: number;
  readonly facts_left_out: number;
}

const NOTHING: Tally = { count: 0, digest: '', first: [] };

export function compareReplays(
  entity: ReplayedEntity,
  now: SideReplay,
  next: SideReplay,
): EntityReport {
  const [before, after] = [answerOf(now), answerOf(next)];
  const difference =
    before && after
      ? stateDifference(before.states, after.states)
      : { changes: [], lines: [], more: 0 };
  const broken = worse(before?.broken, after?.broken);
  const threw = worse(before?.threw, after?.threw);
  const appended = worse(before?.appended, after?.appended);
  const isOther = (after?.appended.digest ?? '') !== (before?.appended.digest ?? '');
  return {
    ...entity,
    differs:
      !before ||
      !after ||
      difference.changes.length > 0 ||
      broken.isWorse ||
      threw.isWorse ||
      isOther,
    diff: [...difference.lines],
    changes: difference.changes.map((one) => ({ ...one, path: [...one.path] })),
    more_changes: difference.more,
    broken: broken.told,
    threw: threw.told,
    appended: appended.told,
    hooks_cut: after?.hooks_cut ?? false,
    replay_ms: next.ok ? next.ms : null,
    replay_ms_now: now.ok ? now.ms : null,
    error: next.ok ? null : next.error,
    error_now: now.ok ? null : now.error,
  };
}

const answerOf = (side: SideReplay) => (side.ok ? side.answer : undefined);

/** What `after` has beyond `before`. Where only the first of many are known, more of them is worse. */
function worse(before: Tally = NOTHING, after: Tally = NOTHING) {
  const known = new Set(before.first.map(({ seq, where }) => `${seq} ${where}`));
  const first = after.first.filter(({ seq, where }) => !known.has(`${seq} ${where}`));
  const isSame = before.digest === after.digest;
  return {
    isWorse: !isSame && (first.length > 0 || after.count > before.count),
    told: { count: after.count, count_now: before.count, first: isSame ? [] : first.slice(0, 10) },
  };
}
