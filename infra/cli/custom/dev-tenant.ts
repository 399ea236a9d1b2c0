// The tenant that a developer's working copy runs as: onboarded when it is missing, refused when it is
// somebody's who has versions of its own live. It never touches its Worker.
import { CliError } from '../cli-error.ts';
import { refusal, type Session } from '../context.ts';
import { readTenantCredentials, type TenantCredentials } from '../local-state.ts';
import { onboardTenant } from '../onboard-tenant.ts';
import { call, objectOf, requestToken } from '../platform-client.ts';
import { listVersions } from './versions.ts';

/** The tenant that is there for this. */
export const DEV_TENANT = 'dev';

export interface DevToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly endsAtMs: number;
}

/** A token that ends sooner is not used any more. */
const SPARE_MS = 60_000;
const ANSWER_LIMIT_MS = 15_000;

export async function openDevTenant(
  session: Session,
  id: string,
  progress: (line: string) => void,
): Promise<DevTenant> {
  const { local } = session;
  const path = `/v1/tenants/${encodeURIComponent(id)}`;
  const found = await call(local.platform_url, local.operator_token, 'GET', path);
  if (found.status !== 404 && found.status >= 300) throw refusal(found);
  if (found.status !== 404) await checkLive(session, id, progress);
  const { status } = objectOf(found.body);
  if (status === 'suspended' || status === 'deleting' || status === 'deleted') {
    const isOver = status !== 'suspended';
    const way = isOver ? 'name another with --tenant' : `\`npx z0 tenant resume ${id}\``;
    throw new CliError(`${id} is ${status}`, way);
  }
  const isReady = status === 'active' && readTenantCredentials(session.stateDir)[id];
  if (!isReady) await onboardTenant(session, { id, name: id }, progress);
  const { body } = await session.operator('GET', path);
  const credentials = readTenantCredentials(session.stateDir)[id];
  if (credentials === undefined) throw new CliError(`no credentials of ${id} are kept here`);
  return new DevTenant(session, { id, plan: String(objectOf(body).plan), credentials });
}

async function checkLive(
  session: Session,
  id: string,
  progress: (line: string) => void,
): Promise<void> {
  const live = (await listVersions(session, id)).find(({ active }) => active);
  if (live === undefined) return;
  if (id === DEV_TENANT) return progress(`${live.id} of ${id} gives way to your working copy`);
  throw new CliError(
    `${id} runs ${live.id}, and z0 dev would put your working copy in its place`,
    `leave out --tenant to run it as ${DEV_TENANT}, or name a tenant without a version; \`npx z0 deploy\` is what changes ${id}`,
  );
}

export class DevTenant {
  readonly id: string;
  readonly plan: string;
  readonly #session: Session;
  readonly #credentials: TenantCredentials;
  #token: DevToken | undefined;

  constructor(
    session: Session,
    of: { readonly id: string; readonly plan: string; readonly credentials: TenantCredentials },
  ) {
    this.id = of.id;
    this.plan = of.plan;
    this.#session = session;
    this.#credentials = of.credentials;
  }

  /** One that works for a while yet. */
  async token(): Promise<DevToken> {
    if (this.#token !== undefined && this.#token.endsAtMs - Date.now() > SPARE_MS) {
      return this.#token;
    }
    const result = await requestToken(this.#session.local.platform_url, this.#credentials);
    if ('refused' in result) throw refusal(result.refused);
    this.#token = { token: result.token, endsAtMs: Date.now() + result.expiresIn * 1000 };
    return this.#token;
  }

  /** Asks its Worker one thing, through the dispatcher as any caller does. */
  async answers(): Promise<{ ok: true } | { ok: false; words: string }> {
    const { token } = await this.token();
    const response = await fetch(new URL('/v1/health', this.#session.local.dispatcher_url), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const text = await response.text();
    return response.ok ? { ok: true } : { ok: false, words: `${response.status} ${text}` };
  }
}
