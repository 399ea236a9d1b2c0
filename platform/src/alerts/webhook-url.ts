// Where a webhook may point: https to a public host. It judges the address as it is written; what a
// name resolves to, it cannot know. Pure.

const LOCAL_NAMES = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa)$/u;

/** IPv4 blocks that are not the public Internet (IANA special-purpose registry). */
const BLOCKS_4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

export interface WebhookUrlOptions {
  /** Whether http to this very machine will do, too. */
  readonly loopback: boolean;
}

/** What is wrong with `text` as a webhook's URL; `undefined` when nothing is. */
export function webhookUrlFault(text: string, { loopback }: WebhookUrlOptions): string | undefined {
  const url = URL.parse(text);
  if (!url) return 'must be a URL';
  if (url.username !== '' || url.password !== '') return 'must hold no user or password';
  if (url.hash !== '') return 'must have no fragment';
  if (loopback && isLoopback(url)) return undefined;
  if (url.protocol !== 'https:') return 'must be https';
  return isPublic(url.hostname) ? undefined : 'must not point into a private network';
}

/** Whether a plain http URL names this very machine. */
export function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/** `hostname` as `URL` has it: lower case, IPv4 always dotted, IPv6 compressed and in brackets. */
function isPublic(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPublic6(hostname.slice(1, -1));
  const four = numberOf4(hostname);
  if (four !== undefined) return isPublic4(four);
  const name = hostname.replace(/\.$/u, '');
  return name.includes('.') && !LOCAL_NAMES.test(name);
}

function numberOf4(text: string): number | undefined {
  if (!/^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/u.test(text)) return undefined;
  return text.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function isPublic4(address: number): boolean {
  return !BLOCKS_4.some(([network, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor((numberOf4(network) ?? 0) / size);
  });
}

/** Global unicast is 2000::/3; what wraps an IPv4 address, or is not for use, is left out of it. */
function isPublic6(address: string): boolean {
  const [first = '', second = ''] = address.split(':');
  const head = Number.parseInt(first || '0', 16);
  if (head < 0x2000 || head > 0x3fff) return false;
  const next = Number.parseInt(second || '0', 16);
  const isTeredo = head === 0x2001 && next < 0x200;
  const isDocumentation = (head === 0x2001 && next === 0xdb8) || head === 0x3fff;
  return head !== 0x2002 && !isTeredo && !isDocumentation;
}
