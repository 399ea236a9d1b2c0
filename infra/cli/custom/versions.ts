// A tenant's Worker versions as the platform's API answers them. Reads, uploads and activates; decides
// nothing.
import { CliError } from '../cli-error.ts';
import { refusal, type Session } from '../context.ts';
import { type Answer, call, objectOf } from '../platform-client.ts';

export interface VersionClass {
  readonly name: string;
  readonly type: string;
  readonly prefix: string;
}

/** How it does, or did, against the tenant's budget. */
export interface VersionHealth {
  readonly status: string;
  readonly text: string;
  readonly until: string;
}

/** The fields that commands look at; `raw` is the whole answer. */
export interface Version {
  readonly id: string;
  readonly createdAt: string;
  readonly message: string | null;
  readonly author: string;
  readonly sizeBytes: number;
  readonly classes: readonly VersionClass[];
  readonly active: boolean;
  /** Whether it ever was live. */
  readonly wasLive: boolean;
  readonly health: VersionHealth | undefined;
  /** What going back cannot bring back, or making it live would take. */
  readonly cannotUndo: readonly string[];
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface Upload {
  readonly manifest: object;
  readonly modules: readonly { readonly name: string; readonly content: string }[];
}

/** All of them, newest first. */
export async function listVersions(session: Session, tenant: string): Promise<Version[]> {
  const versions: Version[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `${pathOf(tenant)}/versions?limit=100${query}`;
    const { data, next_cursor: next } = objectOf((await session.operator('GET', path)).body);
    versions.push(...(Array.isArray(data) ? data.map(versionOf) : []));
    cursor = typeof next === 'string' ? next : undefined;
  } while (cursor !== undefined);
  return versions;
}

/** Answers as it comes, refusals too; 201 is a new version and 200 one that was there. */
export async function putWorker(
  { local }: Session,
  tenant: string,
  { manifest, modules }: Upload,
): Promise<Answer> {
  const form = new FormData();
  const json = { type: 'application/json' };
  form.set('manifest', new File([JSON.stringify(manifest)], 'manifest.json', json));
  for (const { name, content } of modules) {
    form.set(name, new File([content], name, { type: 'application/javascript+module' }));
  }
  return call(local.platform_url, local.operator_token, 'PUT', `${pathOf(tenant)}/worker`, {
    body: form,
  });
}

/** What became live, and what that means for data. */
export interface Activated {
  readonly cannotUndo: readonly string[];
  /** Classes deployed with their data and served to nobody. */
  readonly kept: readonly string[];
  readonly health: VersionHealth | undefined;
  /** The whole answer. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Makes `version` live, unless another became so in between. `accepted`: its id, if differences are. */
export async function activate(
  session: Session,
  tenant: string,
  version: string,
  expected: string | null,
  accepted?: string,
): Promise<Activated & { version: Version }> {
  const done = await makeLive(session, tenant, version, expected, accepted);
  return { ...done, version: versionOf(done.raw) };
}

/** Makes the template alone live, without code of the tenant, unless another became so in between. */
export async function activateTemplate(
  session: Session,
  tenant: string,
  expected: string | null,
): Promise<Activated> {
  return makeLive(session, tenant, 'template', expected);
}

async function makeLive(
  session: Session,
  tenant: string,
  version: string,
  expected: string | null,
  accepted?: string,
): Promise<Activated> {
  const { local } = session;
  const path = `${pathOf(tenant)}/versions/${encodeURIComponent(version)}/activate`;
  const answer = await call(local.platform_url, local.operator_token, 'POST', path, {
    body: {
      expected_active: expected,
      ...(accepted !== undefined && { accept_differences: accepted }),
    },
  });
  if (answer.status >= 300) {
    const refused = refusal(answer);
    if (objectOf(answer.body).code !== 'preview_differs') throw refused;
    const look = `read it with npx z0 preview ${version} --tenant ${tenant}`;
    const hint = `${look}; where it is meant, repeat this with --accept-differences`;
    throw new CliError(refused.message, hint);
  }
  if (answer.status === 202) {
    throw new CliError(
      `${version} is not live yet: that is still under way`,
      `look again with \`npx z0 versions --tenant ${tenant}\``,
    );
  }
  const raw = objectOf(answer.body);
  return {
    cannotUndo: textsIn(raw.cannot_undo),
    kept: textsIn(raw.kept_classes),
    health: healthOf(objectOf(raw.activation).health),
    raw,
  };
}

export function healthOf(value: unknown): VersionHealth | undefined {
  const { status, text, until } = objectOf(value);
  if (typeof status !== 'string') return undefined;
  return { status, text: String(text), until: String(until) };
}

const textsIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export function versionOf(body: unknown): Version {
  const raw = objectOf(body);
  const { id, created_at: createdAt, message, author, size_bytes: size, classes, active } = raw;
  const { activated_at: activatedAt } = raw;
  if (typeof id !== 'string') {
    throw new CliError(`the platform answered no version: ${JSON.stringify(body)}`);
  }
  return {
    id,
    createdAt: String(createdAt),
    message: typeof message === 'string' ? message : null,
    author: typeof author === 'string' ? author : '',
    sizeBytes: Number(size),
    classes: (Array.isArray(classes) ? classes : []).map(objectOf).map((entry) => ({
      name: String(entry.name),
      type: String(entry.type),
      prefix: String(entry.prefix),
    })),
    active: active === true,
    wasLive: typeof activatedAt === 'string',
    health: healthOf(raw.health),
    cannotUndo: textsIn(raw.cannot_undo),
    raw,
  };
}

export const pathOf = (tenant: string): string => `/v1/tenants/${encodeURIComponent(tenant)}`;
