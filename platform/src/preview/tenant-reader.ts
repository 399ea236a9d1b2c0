// Reads a tenant's entities and facts through its own live Worker, as a reader who may not see personal
// data: what a preview copies never was clear. It writes nothing, and waits when it is told to.
import { LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { readBodyText } from '../http/read-body.ts';
import { secretsOf } from '../provisioning/provision-tenant.ts';
import { mintAccessToken } from '../tokens/access-token.ts';

const CLIENT = 'z0-preview';
const SCOPE = 'ledger:read ledger:masked';
const TOKEN_SECONDS = 60;
const TOKEN_FRESH_MS = 30_000;
/** A page has at most 100 facts of at most 256 KiB. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const ANSWER_LIMIT_MS = 20_000;
const MAX_TRIES = 7;
const MAX_WAIT_MS = 5_000;

const listed = z.object({
  data: z.array(
    z.object({ id: z.string(), type: z.string(), facts: z.int(), reported_at: z.string() }),
  ),
  next_cursor: z.string().nullable(),
});
export type ListedEntity = z.infer<typeof listed>['data'][number];

/** What is looked at here; a fact is copied with all it has. */
export interface CopiedFact {
  readonly seq: number;
  readonly subtype?: unknown;
  readonly data: Readonly<Record<string, unknown>>;
}

const factPage = z.object({
  // Very many of them: a schema of its own would cost more than all the rest.
  data: z.array(z.custom<CopiedFact>(isFact)),
  next_cursor: z.string().nullable(),
});

function isFact(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { seq, data }: { seq?: unknown; data?: unknown } = value;
  return Number.isSafeInteger(seq) && typeof data === 'object' && data !== null;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly next: string | null;
}

export interface FactPage extends Page<CopiedFact> {
  /** Of the page as it was sent. */
  readonly characters: number;
}

export class TenantReader {
  readonly #env: Env;
  readonly #tenantId: string;
  #token = Promise.resolve('');
  #mintedAtMs = 0;

  constructor(env: Env, tenantId: string) {
    this.#env = env;
    this.#tenantId = tenantId;
  }

  /** Entities by id, as they last reported themselves. */
  async entities(prefix: string, cursor: string | null): Promise<Page<ListedEntity>> {
    const query = new URLSearchParams({ limit: '100', ...(prefix !== '' && { prefix }) });
    if (cursor !== null) query.set('cursor', cursor);
    const text = await this.#read(`/v1/entities?${query.toString()}`);
    const page = listed.parse(JSON.parse(text ?? ''));
    return { data: page.data, next: page.next_cursor };
  }

  /** Facts of `id`, the first first; `undefined` when nothing serves it. */
  async facts(id: string, cursor: string | null): Promise<FactPage | undefined> {
    const query = new URLSearchParams({ limit: '100', ...(cursor !== null && { cursor }) });
    const text = await this.#read(
      `/v1/entities/${encodeURIComponent(id)}/facts?${query.toString()}`,
    );
    if (text === undefined) return undefined;
    const page = factPage.parse(JSON.parse(text));
    return { data: page.data, next: page.next_cursor, characters: text.length };
  }

  /** `undefined` for what is not found. Throws `worker_failed` when the Worker does not answer. */
  async #read(path: string): Promise<string | undefined> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#ask(path);
      if (answer.status === 404) return undefined;
      if (answer.status === 200) return answer.text;
      const mayPass = answer.status === 429 || answer.status >= 500;
      if (!mayPass || tries === MAX_TRIES) throw unreadable(answer);
      await scheduler.wait(answer.waitMs ?? Math.min(100 * 2 ** tries, MAX_WAIT_MS));
    }
  }

  async #ask(path: string): Promise<Answer> {
    const url = new URL(path, this.#env.DISPATCHER_URL).toString();
    const headers = { authorization: `Bearer ${await this.#freshToken()}` };
    try {
      const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
      const response = await this.#env.DISPATCH.fetch(url, { headers, signal });
      const body = await readBodyText(response, MAX_ANSWER_BYTES);
      if (!body.ok) return { status: 413, text: 'more than can be read' };
      const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1_000;
      const waitMs = Number.isFinite(asked) ? Math.min(asked, MAX_WAIT_MS) : undefined;
      return { status: response.status, text: body.text, waitMs };
    } catch (error) {
      return { status: 504, text: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Several readers at once share one. */
  #freshToken(): Promise<string> {
    if (Date.now() - this.#mintedAtMs > TOKEN_FRESH_MS) {
      this.#mintedAtMs = Date.now();
      this.#token = mintAccessToken(this.#env, secretsOf(this.#env).signingKeys[0], {
        tenantId: this.#tenantId,
        clientId: CLIENT,
        scope: SCOPE,
        lifetimeSeconds: TOKEN_SECONDS,
      });
    }
    return this.#token;
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
  /** As long as it asked for. */
  readonly waitMs?: number | undefined;
}

function unreadable({ status, text }: Answer): LedgerError {
  const detail = `The tenant's live Worker answered ${status}: ${text.slice(0, 200)}`;
  return new LedgerError({ code: 'worker_failed', detail });
}
