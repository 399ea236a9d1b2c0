// Pure: the filters of a tail, as `wrangler tail` sends them, and which events pass them.

/** One invocation of a Worker, in the shape of Cloudflare's `trace-v1`; here only what filters ask. */
export interface TailEvent {
  readonly outcome: string;
  readonly logs: readonly { readonly message: unknown }[];
  readonly event: {
    readonly request?: { readonly method: string; readonly headers: Record<string, string> };
  } | null;
}

export type TailFilter = (event: TailEvent, random: () => number) => boolean;

/** The message says which filter it was. */
export class TailFilterError extends Error {
  override readonly name = 'TailFilterError';
}

type Fields = Readonly<Record<string, unknown>>;

/** `{"filters": [{"outcome": ["exception"]}, …]}`; every one of them has to pass. */
export function parseFilters({ filters = [] }: Fields): TailFilter[] {
  if (!Array.isArray(filters)) throw new TailFilterError('"filters" must be a list.');
  return filters.map((filter: unknown) => {
    const fields: Fields = typeof filter === 'object' && filter !== null ? { ...filter } : {};
    const [[name, value] = ['', undefined], ...others] = Object.entries(fields);
    const make = MAKERS[name];
    const made = others.length === 0 ? make?.(value) : undefined;
    if (made !== undefined) return made;
    const offered = Object.keys(MAKERS).join(', ');
    throw new TailFilterError(
      `The filter ${JSON.stringify(filter)} is none of ${offered}, or not in its form.`,
    );
  });
}

const MAKERS: Readonly<Record<string, (value: unknown) => TailFilter | undefined>> = {
  sampling_rate: (rate) =>
    typeof rate === 'number' && rate > 0 && rate <= 1
      ? (_event, random) => random() < rate
      : undefined,
  outcome: (value) => {
    const outcomes = listOf(value);
    return outcomes && ((event) => outcomes.includes(event.outcome));
  },
  method: (value) => {
    const methods = listOf(value)?.map((method) => method.toUpperCase());
    return methods && ((event) => methods.includes(event.event?.request?.method ?? ''));
  },
  header: (value) => {
    const { key, query }: Fields = typeof value === 'object' && value !== null ? { ...value } : {};
    if (typeof key !== 'string') return undefined;
    return (event) => {
      const found = event.event?.request?.headers[key.toLowerCase()];
      return found !== undefined && (typeof query !== 'string' || found.includes(query));
    };
  },
  client_ip: (value) => {
    const addresses = listOf(value);
    return addresses && ((event) => addresses.some((address) => isFrom(event, address)));
  },
  query: (value) =>
    typeof value === 'string'
      ? (event) => event.logs.some(({ message }) => textOf(message).includes(value))
      : undefined,
};

/** Everybody who gets here without naming an address is this machine's own. */
function isFrom({ event }: TailEvent, address: string): boolean {
  if (event?.request === undefined) return false;
  const from = event.request.headers['cf-connecting-ip'] ?? '127.0.0.1';
  return from === (address === 'self' ? '127.0.0.1' : address);
}

/** A log's arguments, each a value of JSON. */
function textOf(message: unknown): string {
  const values: unknown[] = Array.isArray(message) ? message : [message];
  return values
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join(' ');
}

function listOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : undefined;
}
