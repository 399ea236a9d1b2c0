// Which tenant a URL names, if any: `<tenant>.<suffix>` or `/t/<tenant>/…`. A name is never an
// identity; it can only contradict the verified one.
import { TENANT_ID } from './route-record.ts';

const PREFIX = '/t/';

/** Every tenant the URL names, and the URL the tenant's Worker sees. */
export interface NamedTenants {
  readonly names: readonly string[];
  readonly url: URL;
}

export function readNamedTenants(rawUrl: string, hostSuffix: string): NamedTenants {
  const url = new URL(rawUrl);
  const names: string[] = [];
  const host = url.hostname.replace(/\.$/, '');
  const suffix = `.${hostSuffix}`;
  if (hostSuffix !== '' && host.endsWith(suffix)) {
    const label = host.slice(0, -suffix.length);
    if (TENANT_ID.test(label)) names.push(label);
  }
  if (url.pathname.startsWith(PREFIX)) {
    const end = url.pathname.indexOf('/', PREFIX.length);
    const stop = end === -1 ? url.pathname.length : end;
    // Compared as it stands: an encoded or misspelt name is simply nobody's.
    names.push(url.pathname.slice(PREFIX.length, stop));
    url.pathname = url.pathname.slice(stop);
  }
  return { names, url };
}
