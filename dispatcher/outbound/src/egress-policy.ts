// Where a tenant's code may send requests: the public web over https, by name. Denied unless every
// rule agrees. Pure: it judges the URL only, and does not know what a name resolves to.

export type EgressDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: EgressRefusal };

export type EgressRefusal =
  | 'not_a_url'
  | 'scheme'
  | 'credentials'
  | 'port'
  | 'ip_address'
  | 'private_name';

/** Names that never leave a machine or a network (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const PRIVATE_SUFFIXES = ['localhost', 'local', 'internal', 'home.arpa', 'alt', 'test', 'invalid'];

export function decideEgress(rawUrl: string): EgressDecision {
  const url = URL.parse(rawUrl);
  if (url === null) return deny('not_a_url');
  if (url.protocol !== 'https:') return deny('scheme');
  if (url.username !== '' || url.password !== '') return deny('credentials');
  // The parser drops a scheme's own port, so any port left is another one.
  if (url.port !== '') return deny('port');
  return decideHost(url.hostname.replace(/\.+$/, ''));
}

function decideHost(host: string): EgressDecision {
  // The parser has already written decimal, octal, hex and short forms as four decimal numbers.
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) return deny('ip_address');
  // A single label is completed by whoever's search list it meets.
  if (!host.includes('.')) return deny('private_name');
  const isPrivate = PRIVATE_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`));
  return isPrivate ? deny('private_name') : { allowed: true };
}

function deny(reason: EgressRefusal): EgressDecision {
  return { allowed: false, reason };
}
