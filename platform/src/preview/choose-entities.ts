// Decides which of a tenant's entities a preview looks at, within what the plan allows: those that were
// active last come first. It reads lists only, and says what it leaves out.
import type { DescribedClass } from '@z0-app/provisioning';
import type { PreviewSample } from './preview-state.ts';
import type { ListedEntity, TenantReader } from './tenant-reader.ts';

export interface ChosenEntity {
  readonly id: string;
  /** What its ledger has, as it last said; unknown of one that was named. */
  readonly facts: number | undefined;
}

export interface Chosen {
  readonly entities: readonly ChosenEntity[];
  /** Listed and not chosen. */
  readonly left_out: number;
}

/** Pages of 100 that are looked through for each kind of entity. */
const MAX_PAGES = 20;

export async function chooseEntities(
  reader: TenantReader,
  sample: PreviewSample,
  { prefixes, most }: { prefixes: readonly string[]; most: number },
): Promise<Chosen> {
  if (sample !== 'all' && 'entities' in sample) {
    const ids = Array.from(new Set(sample.entities));
    const entities = ids.slice(0, most).map((id) => ({ id, facts: undefined }));
    return { entities, left_out: ids.length - entities.length };
  }
  const listed: ListedEntity[] = [];
  for (const prefix of prefixes) {
    let cursor: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { data, next } = await reader.entities(`${prefix}_`, cursor);
      listed.push(...data);
      cursor = next;
      if (cursor === null) break;
    }
  }
  const wanted = sample === 'all' ? most : Math.min(sample.newest, most);
  const newest = listed.toSorted((a, b) => compare(b.reported_at, a.reported_at));
  const entities = newest.slice(0, wanted).map(({ id, facts }) => ({ id, facts }));
  return { entities, left_out: listed.length - entities.length };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/**
 * Prefixes of the entities whose code differs: the template's own classes, on the same template, replay
 * to what they are.
 */
export function changedPrefixes(
  now: readonly DescribedClass[],
  next: readonly DescribedClass[],
  sameTemplate: boolean,
): string[] {
  const own = (one: DescribedClass): boolean => !sameTemplate || one.from === 'custom';
  const isChanged = (one: DescribedClass): boolean =>
    own(one) || [...now, ...next].some((other) => other.prefix === one.prefix && own(other));
  const changed = next.filter(
    (one) => one.kind === 'entity' && one.prefix !== '' && isChanged(one),
  );
  return Array.from(new Set(changed.map(({ prefix }) => prefix))).toSorted();
}
