// Requests as a tenant or as the operator, against any running platform; for tests and benchmarks.
import { get } from 'node:http';
import { openSession } from '../../infra/cli/context.ts';
import type { LocalState } from '../../infra/cli/local-state.ts';
import { onboardTenant } from '../../infra/cli/onboard-tenant.ts';
import {
  type Answer,
  type CallOptions,
  call,
  objectOf,
  requestToken,
} from '../../infra/cli/platform-client.ts';
import { readState } from './platform-process.ts';

export { type Answer, call, objectOf };

export type TenantCall = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

/** Calls the tenant API with a fresh token of `tenant`. */
export async function asTenant(state: LocalState, tenant: string): Promise<TenantCall> {
  const token = await tokenOf(state, tenant);
  return (method, path, options) => call(state.dispatcher_url, token, method, path, options);
}

/** A GET with a `Host` of its own, which `fetch` does not let one choose. */
export function getWithHost(
  url: string,
  host: string,
  token?: string,
): Promise<{ status: number | undefined; body: string; type: string | undefined }> {
  const headers = { host, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      const { statusCode: status, headers: answered } = response;
      response.on('end', () => resolve({ status, body, type: answered['content-type'] }));
    }).on('error', reject);
  });
}

export const asOperator =
  (state: LocalState): TenantCall =>
  (method, path, options) =>
    call(state.platform_url, state.operator_token, method, path, options);

export async function tokenOf(state: LocalState, tenant: string): Promise<string> {
  const credentials = state.tenants[tenant];
  if (credentials === undefined) throw new Error(`${tenant} is not in local.json`);
  const result = await requestToken(state.platform_url, credentials);
  if ('refused' in result) throw new Error(`no token: ${JSON.stringify(result.refused.body)}`);
  return result.token;
}

/** Onboards `id` on the shared platform and answers the state that has its credentials. */
export async function onboard(stateDir: string, id: string): Promise<LocalState> {
  await onboardTenant(openSession(stateDir), { id, name: id }, () => undefined);
  return readState(stateDir);
}

/** A new account of the tenant; answers its id. */
export async function newAccount(tenant: TenantCall, creditLimit = 2 ** 40): Promise<string> {
  const data = { currency: 'USD', credit_limit: creditLimit };
  const answer = await tenant('POST', '/v1/entities', { body: { type: 'account', data } });
  if (answer.status !== 201) throw new Error(`no account: ${JSON.stringify(answer.body)}`);
  return String(objectOf(answer.body).id);
}

export const charge = (entityId: string, amount: number): Record<string, unknown> => ({
  entity_id: entityId,
  type: 'charge',
  data: { amount, currency: 'USD' },
});

/** The `code` of a problem document. */
export const codeOf = (answer: Answer): unknown => objectOf(answer.body).code;

/** Sequence and hash of the ledger's last fact, as the ledger itself verifies them. */
export async function headOf(tenant: TenantCall, entityId: string): Promise<unknown> {
  const { ok, head } = objectOf((await tenant('GET', `/v1/entities/${entityId}/verify`)).body);
  return { ok, head };
}
