// The `tags` question of the script list: which scripts have these tags and lack those. Pure.
import type { Script } from '../state/script-store.ts';
import { ApiError } from './envelope.ts';

/** `customer:a:yes,plan:free:no`: what follows the last colon says whether the tag must be there. */
export function tagFilter(text: string): (script: Pick<Script, 'tags'>) => boolean {
  const rules = text.split(',').map((pair) => {
    const colon = pair.lastIndexOf(':');
    const tag = pair.slice(0, Math.max(0, colon));
    const wanted = pair.slice(colon + 1);
    if (tag === '' || (wanted !== 'yes' && wanted !== 'no')) {
      const message = `${JSON.stringify(pair)} is no filter: write <tag>:yes or <tag>:no.`;
      throw new ApiError(400, 10001, message);
    }
    return { tag, wanted: wanted === 'yes' };
  });
  return ({ tags }) => rules.every(({ tag, wanted }) => tags.includes(tag) === wanted);
}
