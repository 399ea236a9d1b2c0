// What runs that were killed left behind in a real account: everything whose name is one of this
// suite's and old. It never deletes by anything but that name.
import type { ConformanceTarget } from './target.ts';
import { fieldsOf, inOrder, itemsOf, resultOf } from './wire.ts';

/** No run takes this long. */
export const LEFT_OVER_AFTER_MS = 60 * 60 * 1000;

const R2 = '/r2/buckets';
const NAME = /^z0c-([0-9a-z]+)-[0-9a-f]{6}-/;

/** Something in the account that this suite makes, too. */
interface Kind {
  readonly list: string;
  /** The field of a listed item that has its name, and the one that its path ends in. */
  readonly name: string;
  readonly id: string;
}

/** Account Workers last: a namespace's binding or a queue's consumer may name them. */
const KINDS: readonly Kind[] = [
  { list: '/workers/dispatch/namespaces', name: 'namespace_name', id: 'namespace_name' },
  { list: '/queues?per_page=1000', name: 'queue_name', id: 'queue_id' },
  { list: '/storage/kv/namespaces?per_page=1000', name: 'title', id: 'id' },
  { list: '/d1/database?per_page=1000', name: 'name', id: 'uuid' },
  { list: `${R2}?per_page=1000`, name: 'name', id: 'name' },
  { list: '/workers/scripts', name: 'id', id: 'id' },
];

export function madeBefore(name: string, timeMs: number): boolean {
  const [, made] = NAME.exec(name) ?? [];
  return made !== undefined && Number.parseInt(made, 36) < timeMs;
}

export async function removeLeftOvers(target: ConformanceTarget, beforeMs: number): Promise<void> {
  for (const { list, name, id } of KINDS) {
    const found = resultOf(await target.call('GET', list));
    for (const item of listedIn(found)) {
      if (!madeBefore(String(item[name]), beforeMs)) continue;
      const [path = ''] = list.split('?');
      if (path === R2) await empty(target, `${path}/${String(item[id])}/objects`);
      await target.call('DELETE', `${path}/${String(item[id])}?force=true`);
    }
  }
}

/** Cloudflare keeps a bucket that has objects. */
async function empty(target: ConformanceTarget, objects: string): Promise<void> {
  for (const { key } of itemsOf(resultOf(await target.call('GET', objects)))) {
    await target.call('DELETE', `${objects}/${String(key)}`);
  }
}

/** What is in the account, kind by kind, by name: to see that nothing is left. */
export async function namesInAccount(target: ConformanceTarget): Promise<string[]> {
  const names: string[] = [];
  for (const { list, name } of KINDS) {
    const items = listedIn(resultOf(await target.call('GET', list)));
    names.push(...items.map((item) => `${list.split('?')[0]}: ${String(item[name])}`));
  }
  return inOrder(names);
}

/** R2 lists its buckets in a field of their own. */
const listedIn = (result: unknown): Record<string, unknown>[] =>
  itemsOf(Array.isArray(result) ? result : fieldsOf(result).buckets);
