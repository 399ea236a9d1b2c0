// Tells the stacks of a tenant's own code by lines of its sources: those of the version that is live,
// by the source map that was uploaded with it. Whatever is missing leaves a stack as it is.
import { attempt, attemptOutcome } from '../dashboard/attempt.ts';
import type { Env } from '../env.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { findStoredVersion } from '../versions/version-store.ts';
import { SourceMap } from './source-map.ts';
import type { TailEvent } from './tail-event.ts';

/** Where the composed Worker has the tenant's modules. */
const FOLDER = 'custom/';
const FRAME = /\bcustom\/([\w./-]{1,200}):(\d{1,7}):(\d{1,7})/gu;
/** How long the live version is believed to be the live one. */
const FRESH_MS = 5_000;

type Maps = ReadonlyMap<string, SourceMap>;

export class SourceLines {
  readonly #env: Env;
  readonly #tenantId: string;
  #maps: Maps = new Map();
  #contentHash: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(env: Env, tenantId: string) {
    this.#env = env;
    this.#tenantId = tenantId;
  }

  /** `event` with its stacks mapped; as it is when there is none. Never fails. */
  async mapped(event: TailEvent): Promise<TailEvent> {
    const { logs, exceptions } = event;
    const texts = [...logs.map(({ text }) => text), ...exceptions.map(({ stack }) => stack ?? '')];
    if (!texts.some((text) => text.includes(FOLDER))) return event;
    const maps = await this.#current();
    return {
      ...event,
      logs: logs.map((log) => ({ ...log, text: mappedText(log.text, maps) })),
      exceptions: exceptions.map((exception) => {
        return { ...exception, stack: exception.stack && mappedText(exception.stack, maps) };
      }),
    };
  }

  async #current(): Promise<Maps> {
    const now = Date.now();
    if (now - this.#readAt < FRESH_MS) return this.#maps;
    this.#readAt = now;
    const state = await attemptOutcome(
      'tail_versions',
      ledgerOf(this.#env, this.#tenantId).readVersions(),
    );
    const live = state?.versions.find(({ id }) => id === state.active);
    if (live?.content_hash === this.#contentHash) return this.#maps;
    this.#contentHash = live?.content_hash;
    this.#maps = live === undefined ? new Map() : await this.#read(live.content_hash);
    return this.#maps;
  }

  async #read(contentHash: string): Promise<Maps> {
    const stored = await attempt(
      'tail_source_map',
      findStoredVersion(this.#env.ARTEFACTS, this.#tenantId, contentHash),
    );
    return new Map(
      (stored?.modules ?? []).flatMap(({ name, content }) => {
        const map = SourceMap.of(content);
        return map === undefined ? [] : [[name, map] as const];
      }),
    );
  }
}

function mappedText(text: string, maps: Maps): string {
  return text.replaceAll(FRAME, (frame, name: string, line: string, column: string) => {
    const place = maps.get(name)?.placeOf({ line: Number(line), column: Number(column) });
    return place === undefined ? frame : `${place.source}:${place.line}:${place.column}`;
  });
}
