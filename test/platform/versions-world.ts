// Uploads as a customer would send them, and versions recorded without starting their code: what needs
// the Cloudflare API is tested end to end.
import { env, exports } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { QueueSettings, Schedule } from '../../platform/src/schedules/run-settings.ts';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import type { WorkerVersion } from '../../platform/src/versions/version-state.ts';
import { freshId, jsonOf } from './world.ts';

export const MODULE = 'application/javascript+module';

export interface Part {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly type?: string;
  /** `null` sends none. */
  readonly filename?: string | null;
}

export const manifest = (value: unknown): Part => ({
  name: 'manifest',
  content: JSON.stringify(value),
  type: 'application/json',
  filename: null,
});

const BOUNDARY = 'the-boundary-of-the-form';

/** The form by hand, so that it can be wrong in ways that `FormData` cannot. */
export function formOf(parts: readonly Part[]): Uint8Array {
  const encoder = new TextEncoder();
  const chunks = parts.flatMap(({ name, content, type = MODULE, filename = name }) => {
    const file = filename === null ? '' : `; filename="${filename}"`;
    const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${file}\r\ncontent-type: ${type}\r\n\r\n`;
    const body = typeof content === 'string' ? encoder.encode(content) : content;
    return [encoder.encode(head), body, encoder.encode('\r\n')];
  });
  const all = [...chunks, encoder.encode(`--${BOUNDARY}--\r\n`)];
  const bytes = new Uint8Array(all.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const chunk of all) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

export async function put(
  tenantId: string,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return exports.default.fetch(`https://platform.test/v1/tenants/${tenantId}/worker`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${env.TEST_OPERATOR_TOKEN}`,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      ...headers,
    },
    body,
  });
}

export interface Problem {
  status: number;
  code: string;
  detail: string;
  errors: { pointer: string; code: string; detail: string }[];
}

export async function refusalOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = await jsonOf<Problem>(response);
  return { ...problem, status: response.status };
}

/** What each error is about, in their order. */
export function findingsOf({ errors }: Problem): string[] {
  return errors.map(({ pointer, code }) => `${pointer} ${code}`);
}

const POINTS = {
  name: 'PointsLedger',
  kind: 'entity',
  type: 'points',
  prefix: 'pts',
  from: 'custom',
} as const;

/** Records a version as if its code had passed all checks. */
export async function addVersion(
  tenantId: string,
  changes: {
    content_hash?: string;
    deletes?: string;
    key?: string;
    message?: string;
    secrets?: string[];
    vars?: string[];
    schedules?: Schedule[];
    queue?: QueueSettings;
  } = {},
): Promise<WorkerVersion> {
  const { key, content_hash = freshId('hash'), deletes, message = null } = changes;
  const { secrets = [], vars = [] } = changes;
  const outcome = await ledgerOf(env, tenantId).addVersion(
    {
      content_hash,
      author: 'operator',
      message,
      template_version: 'template1',
      sdk_version: '0.1.0',
      classes: deletes === 'PointsLedger' ? [] : [POINTS],
      has_fetch: false,
      schedules: changes.schedules ?? [],
      queue: changes.queue ?? null,
      delete_classes: deletes === undefined ? [] : [deletes],
      secrets,
      vars,
      size_bytes: 10,
      checks: ['form'],
    },
    {
      tenantId,
      principal: 'operator',
      route: 'PUT /v1/tenants/{id}/worker',
      ...(key && { idempotencyKey: key }),
    },
  );
  if (!outcome.ok) throw new TypeError(outcome.error.detail);
  return outcome.value.version;
}
