// The secrets of a tenant's code as the platform's API answers them, which is never with a value.
// Reads, sets, deletes; keeps nothing.
import pc from 'picocolors';
import { CliError } from '../cli-error.ts';
import { refusal, type Session, say } from '../context.ts';
import { call, objectOf } from '../platform-client.ts';

export interface Secret {
  readonly name: string;
  readonly version: number;
  readonly status: string;
  /** Declared by the live version. */
  readonly used: boolean;
  readonly changedAt: string;
  readonly changedBy: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

export async function listSecrets(session: Session, tenant: string): Promise<Secret[]> {
  const { data } = objectOf((await session.operator('GET', pathOf(tenant))).body);
  return Array.isArray(data) ? data.map(secretOf) : [];
}

export async function putSecret(
  session: Session,
  tenant: string,
  name: string,
  value: string,
): Promise<Secret> {
  return change(session, 'PUT', pathOf(tenant, name), { body: { value } });
}

export async function deleteSecret(
  session: Session,
  tenant: string,
  name: string,
): Promise<Secret> {
  return change(session, 'DELETE', pathOf(tenant, name), {});
}

/** Refuses, before anything becomes live, a version that declares secrets which are not set. */
export async function requireSecrets(
  session: Session,
  tenant: string,
  version: { readonly id: string; readonly raw: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { secrets } = version.raw;
  const declared = Array.isArray(secrets) ? secrets.map(String) : [];
  if (declared.length === 0) return;
  const set = new Set((await listSecrets(session, tenant)).map(({ name }) => name));
  const missing = declared.filter((name) => !set.has(name));
  if (missing.length === 0) return;
  say(`${pc.green('stored')} ${version.id}`);
  const commands = missing.map((name) => `  npx z0 secret put ${name} --tenant ${tenant}`);
  throw new CliError(
    [`${version.id} is not live: it declares secrets that are not set`, ...commands].join('\n'),
    `then make it live with \`npx z0 rollback ${version.id} --tenant ${tenant}\``,
  );
}

async function change(
  { local }: Session,
  method: 'PUT' | 'DELETE',
  path: string,
  options: { readonly body?: object },
): Promise<Secret> {
  const answer = await call(local.platform_url, local.operator_token, method, path, options);
  if (answer.status >= 300) throw refusal(answer);
  return secretOf(answer.body);
}

function secretOf(body: unknown): Secret {
  const raw = objectOf(body);
  return {
    name: String(raw.name),
    version: Number(raw.version),
    status: String(raw.status),
    used: raw.used === true,
    changedAt: String(raw.changed_at),
    changedBy: String(raw.changed_by),
    raw,
  };
}

function pathOf(tenant: string, name?: string): string {
  const all = `/v1/tenants/${encodeURIComponent(tenant)}/secrets`;
  return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
}
