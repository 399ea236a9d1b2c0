// Things of the account that an expectation makes for itself, and that go when all is done.
import type { ConformanceTarget } from './target.ts';
import { fieldsOf, resultOf } from './wire.ts';

/** Makes one in the list at `path`; `idField` of the answer is what its own path ends in. */
export async function makeIn(
  target: ConformanceTarget,
  path: string,
  body: Record<string, unknown>,
  idField: string,
): Promise<string> {
  const made = String(fieldsOf(resultOf(await target.call('POST', path, body)))[idField]);
  target.deleteLater(`${path}/${made}`);
  return made;
}
