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

/** Makes `version` live, unless another became so in between. Answers what cannot be undone. */
export async function activate(
  session: Session,
  tenant: string,
  version: string,
  expected: string | null,
): Promise<{ version: Version; cannotUndo: string[] }> {
  const { local } = session;
  const path = `${pathOf(tenant)}/versions/${encodeURIComponent(version)}/activate`;
  const answer = await call(local.platform_url, local.operator_token, 'POST', path, {
    body: { expected_active: expected },
  });
  if (answer.status >= 300) throw refusal(answer);
  if (answer.status === 202) {
    throw new CliError(
      `${version} is not live yet: that is still under way`,
      `look again with \`npx z0 versions --tenant ${tenant}\``,
    );
  }
  const { cannot_undo: texts } = objectOf(answer.body);
  const cannotUndo = Array.isArray(texts) ? texts.map(String) : [];
  return { version: versionOf(answer.body), cannotUndo };
}

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
    raw,
  };
}

const pathOf = (tenant: string): string => `/v1/tenants/${encodeURIComponent(tenant)}`;
