// A tenant's visitor of its portal: signs in with a real key through the form, as a browser would.
import { expect } from 'vitest';
import { activeTenant, call, createKey, freshId, type KeyBody } from './world.ts';

export const ORIGIN = 'https://platform.test';

export interface Portal {
  readonly tenant: string;
  readonly key: KeyBody;
  readonly cookie: string;
}

/** Sends a form as a page of `origin` would have the browser send it. */
export async function postForm(
  path: string,
  fields: Record<string, string>,
  options: { cookie?: string; origin?: string | null } = {},
): Promise<Response> {
  const { cookie, origin = ORIGIN } = options;
  return call('POST', path, {
    token: null,
    text: new URLSearchParams(fields).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(origin !== null && { origin }),
      ...(cookie !== undefined && { cookie }),
    },
  });
}

export const credentials = (id: string, secret: string): Record<string, string> => {
  return { grant_type: 'client_credentials', client_id: id, client_secret: secret };
};

export const cookieOf = (response: Response): string =>
  (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

/** The cookie of a visitor who signed in with this key. */
export async function signInWith(key: KeyBody): Promise<string> {
  const form = credentials(key.client_id, key.client_secret ?? '');
  const response = await postForm('/portal/sign-in', form);
  expect([response.status, response.headers.get('location')]).toEqual([303, '/portal']);
  return cookieOf(response);
}

/** An active tenant whose visitor is signed in. */
export async function openPortal(name = 'tenant'): Promise<Portal> {
  const tenant = await activeTenant(freshId(name));
  const key = await createKey(tenant, { label: 'portal' });
  return { tenant, key, cookie: await signInWith(key) };
}
