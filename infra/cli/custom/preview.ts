// What a version would make of a tenant's history, as the platform's API tells it, and how that reads
// in a terminal. Asks and prints; decides nothing.
import pc from 'picocolors';
import { CliError } from '../cli-error.ts';
import { refusal, type Session, say } from '../context.ts';
import { call, objectOf } from '../platform-client.ts';

export type Sample = 'all' | { readonly newest: number } | { readonly entities: readonly string[] };

export interface PreviewedEntity {
  readonly id: string;
  readonly facts: number;
  readonly differs: boolean;
  readonly diff: readonly string[];
  readonly moreChanges: number;
  /** What is new under this code, one line each. */
  readonly notes: readonly string[];
  readonly ms: number | null;
  readonly msNow: number | null;
}

export interface Preview {
  readonly entities: readonly PreviewedEntity[];
  readonly replayed: number;
  readonly differing: number;
  readonly facts: number;
  readonly leftOut: number;
  readonly differs: boolean;
  /** Why the history could not be read, or not all of it. */
  readonly unread: string | null;
  readonly raw: Readonly<Record<string, unknown>>;
}

const SHOWN_ENTITIES = 5;
const SHOWN_LINES = 12;
const WAIT_MS = 500;

/** Asks for a preview and waits for its end. */
export async function preview(
  session: Session,
  tenant: string,
  version: string,
  sample: Sample,
): Promise<Preview> {
  const { local } = session;
  const path = `/v1/tenants/${encodeURIComponent(tenant)}/versions/${encodeURIComponent(version)}/preview`;
  let answer = await call(local.platform_url, local.operator_token, 'POST', path, {
    body: { sample },
  });
  while (answer.status === 202 || objectOf(answer.body).status === 'running') {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    answer = await session.operator('GET', path);
  }
  if (answer.status >= 300) throw refusal(answer);
  const raw = objectOf(answer.body);
  if (raw.status === 'failed') {
    throw new CliError(
      `the preview failed: ${String(raw.error)}`,
      'ask again; nothing was changed',
    );
  }
  return previewOf(raw);
}

export function previewOf(raw: Readonly<Record<string, unknown>>): Preview {
  const summary = objectOf(raw.summary);
  return {
    entities: listOf(raw.entities).map(entityOf),
    replayed: Number(summary.entities ?? 0),
    differing: Number(summary.differing ?? 0),
    facts: Number(summary.facts ?? 0),
    leftOut: Number(summary.left_out ?? 0),
    differs: raw.differs === true,
    unread: typeof raw.unread === 'string' ? plain(raw.unread) : null,
    raw,
  };
}

function entityOf(entry: Record<string, unknown>): PreviewedEntity {
  const told = (name: string, what: string): string[] =>
    listOf(objectOf(entry[name]).first).map(
      ({ seq, where, detail }) =>
        `fact ${Number(seq)} ${what} ${plain(String(where))}: ${plain(String(detail))}`,
    );
  const error = typeof entry.error === 'string' ? [`not replayed: ${plain(entry.error)}`] : [];
  return {
    id: plain(String(entry.entity_id)),
    facts: Number(entry.facts),
    differs: entry.differs === true,
    diff: Array.isArray(entry.diff) ? entry.diff.map((line) => plain(String(line))) : [],
    moreChanges: Number(entry.more_changes ?? 0),
    notes: [
      ...error,
      ...told('broken', 'would break'),
      ...told('threw', 'threw in'),
      ...told('appended', 'would append'),
    ],
    ms: numberIn(entry.replay_ms),
    msNow: numberIn(entry.replay_ms_now),
  };
}

/** Nothing for a tenant without history. */
export function tellPreview(found: Preview, shown = SHOWN_ENTITIES): void {
  for (const line of previewLines(found, shown)) say(line);
}

export function previewLines(found: Preview, shown = SHOWN_ENTITIES): string[] {
  const { replayed, facts, differing, leftOut, unread } = found;
  if (replayed === 0 && leftOut === 0 && unread === null) {
    return [`${pc.dim('·')} preview: no entity has reported itself yet; nothing was replayed`];
  }
  const rest = leftOut === 0 ? '' : `, ${leftOut} left out`;
  const nothing = replayed === 0 ? 'nothing was replayed' : 'nothing differs';
  const what = differing === 0 ? nothing : pc.yellow(`${differing} would differ`);
  const entities = replayed === 1 ? '1 entity' : `${replayed} entities`;
  const those = found.entities.filter(({ differs }) => differs);
  const more = differing - Math.min(differing, shown);
  return [
    `${pc.dim('·')} preview: ${entities}, ${facts} facts${rest}: ${what}`,
    ...(unread === null ? [] : [`  ${pc.yellow('not all could be read')}: ${unread}`]),
    ...those.slice(0, shown).flatMap(entityLines),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}

function entityLines({
  id,
  facts,
  diff,
  notes,
  moreChanges,
  ms,
  msNow,
}: PreviewedEntity): string[] {
  const time = ms === null || msNow === null ? '' : `, ${ms} ms (now ${msNow} ms)`;
  const lines = [
    ...diff.map((line) => (line.startsWith('+') ? pc.green(line) : pc.red(line))),
    ...notes.map((line) => `! ${line}`),
  ];
  const more = Math.max(0, lines.length - SHOWN_LINES) + moreChanges;
  return [
    `  ${id}: ${facts} facts${time}`,
    ...lines.slice(0, SHOWN_LINES).map((line) => `    ${line}`),
    ...(more > 0 ? [`    … and ${more} more`] : []),
  ];
}

/** The tenant's code chose these words: nothing in them may steer the terminal. */
const plain = (text: string): string => text.replaceAll(/\p{C}/gu, '�');

const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.map(objectOf) : [];

const numberIn = (value: unknown): number | null => (typeof value === 'number' ? value : null);
