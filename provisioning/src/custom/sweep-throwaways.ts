// Deletes throwaway scripts that a crash left behind. It knows them by their tag and by their names, and
// leaves alone what is young enough to be in use.
import { type ApiResult, attempt, type CloudflareApi } from '../cloudflare-api.ts';
import { deleteScript, scriptsPath } from '../user-worker.ts';

/** The names of the two kinds; no tenant's script begins with either. */
const THROWAWAY = /^(?:check|preview)-/;
/** Listed, and deleted, in one go; the next one goes on. */
const LISTED = 100;
const DELETED = 20;

/** Deletes those last changed before `before`, milliseconds since 1970; answers their names. */
export async function sweepThrowaways(
  api: CloudflareApi,
  place: { readonly accountId: string; readonly namespace: string },
  before: number,
): Promise<ApiResult<{ readonly deleted: string[] }>> {
  type Answer = { result?: { id?: string; modified_on?: string }[] | null };
  const path = scriptsPath(place);
  const listed = await attempt(async () => {
    const { result } = await api.get<Answer>(`${path}?tags=throwaway:yes&limit=${LISTED}`);
    return { scripts: result ?? [] };
  });
  if (!listed.ok) return listed;
  const left = listed.scripts
    .filter(({ modified_on: at }) => at !== undefined && Date.parse(at) < before)
    .flatMap(({ id }) => (id !== undefined && THROWAWAY.test(id) ? [id] : []));
  const deleted: string[] = [];
  for (const name of left.slice(0, DELETED)) {
    const done = await deleteScript(api, `${path}/${name}`);
    if (!done.ok) return done;
    deleted.push(name);
  }
  return { ok: true, deleted };
}
