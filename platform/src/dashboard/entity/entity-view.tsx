// One entity and its ledger: what it is, its state at a position, its Configs, its facts. The same
// for the operator and the tenant; only the base path and what the Worker masks differ.
import type { EntityAnswer } from '../../tenant-api/tenant-answers.ts';
import { countText } from '../figure-text.ts';
import type { Command } from '../from-terminal.tsx';
import { Moment, Status } from '../page-layout.tsx';
import { ConfigPanel } from './config-panel.tsx';
import type { EntityData } from './entity-data.ts';
import { FactTable } from './fact-table.tsx';
import { FaultNote } from './fault-note.tsx';
import { JsonView } from './json-view.tsx';
import { StatePanel } from './state-panel.tsx';
import { VerificationPanel, VerifyButton } from './verification-panel.tsx';
import { visibleText } from './visible-text.ts';

export interface EntityViewProps {
  /** Ends in `/entities`. */
  base: string;
  data: EntityData;
}

export function EntityView(props: EntityViewProps) {
  const { base, data } = props;
  if (!data.entity.ok) {
    return (
      <>
        <div class="title">
          <h1>{data.id}</h1>
        </div>
        <FaultNote fault={data.entity.fault} />
      </>
    );
  }
  const entity = data.entity.value;
  return (
    <>
      <div class="title">
        <h1>{data.id}</h1>
        <Status of={lifecycleOf(entity)} />
        <VerifyButton base={base} data={data} />
      </div>
      <VerificationPanel verification={data.verification} />
      <Overview entity={entity} head={data.head} />
      <div class="columns">
        <div>
          <StatePanel base={base} data={data} />
          <OwnData entity={entity} />
          <ConfigPanel configs={data.configs} />
        </div>
        <div>
          <FactTable base={base} id={data.id} query={data.query} facts={data.facts} />
        </div>
      </div>
    </>
  );
}

const LIFECYCLES: ReadonlySet<string> = new Set([
  'active',
  'retiring',
  'retired',
  'anonymized',
  'deleted',
]);

/** It becomes part of a class name. */
function lifecycleOf(entity: EntityAnswer): string {
  return LIFECYCLES.has(entity.lifecycle) ? entity.lifecycle : 'unknown';
}

function Overview(props: { entity: EntityAnswer; head: number }) {
  const { entity, head } = props;
  return (
    <dl class="overview">
      <div>
        <dt>Type</dt>
        <dd>{visibleText(entity.type)}</dd>
      </div>
      <div>
        <dt>Facts</dt>
        <dd class="figures">{head > 0 ? countText(head) : '–'}</dd>
      </div>
      {entity.owner_id !== undefined && (
        <div>
          <dt>Owner</dt>
          <dd>
            <code>{visibleText(entity.owner_id)}</code>
          </dd>
        </div>
      )}
      <div>
        <dt>Created (UTC)</dt>
        <dd class="figures">
          <Moment at={visibleText(entity.created_at)} />
        </dd>
      </div>
      <div>
        <dt>Changed (UTC)</dt>
        <dd class="figures">
          <Moment at={visibleText(entity.updated_at)} />
        </dd>
      </div>
    </dl>
  );
}

function OwnData(props: { entity: EntityAnswer }) {
  const { data, metadata } = props.entity;
  return (
    <section id="entity-data">
      <h2>Data</h2>
      <JsonView value={data} label="Data of the entity" />
      {Object.keys(metadata).length > 0 && (
        <details id="metadata">
          <summary>Metadata</summary>
          <JsonView value={metadata} label="Metadata of the entity" />
        </details>
      )}
    </section>
  );
}

/** What the page shows, through the tenant's API. `token` says how a token gets into `$TOKEN`. */
export function entityCommands(
  api: string,
  id: string,
  seq: number,
  token: Command,
): readonly Command[] {
  const read = (what: string, rest: string): Command => {
    const url = `${api}/v1/entities/${encodeURIComponent(id)}${rest}`;
    return { what, curl: `curl "${url}" \\\n  -H "authorization: Bearer $TOKEN"` };
  };
  return [
    token,
    read('The entity', ''),
    read('Its facts, newest first', '/facts?order=desc&limit=20'),
    read('Its state at a position', `/state?seq=${Math.max(1, seq)}`),
    read('The proof', '/verify'),
  ];
}
