// An entity's facts, newest first; each opens to all that it says. Identifiers and data are the
// tenant's and shown as text; a link appears only for what can stand in an address.
import type { Child } from 'hono/jsx';
import { ENTITY_ID, type FactAnswer, type PageAnswer } from '../../tenant-api/tenant-answers.ts';
import type { Reading } from '../../tenant-api/tenant-fault.ts';
import { Moment } from '../page-layout.tsx';
import { type EntityQuery, entityHref, isReference } from './entity-query.ts';
import { FaultNote } from './fault-note.tsx';
import { Hash, ShortHash } from './hash.tsx';
import { fieldsLine, JsonView } from './json-view.tsx';
import { visibleText } from './visible-text.ts';

export interface FactTableProps {
  base: string;
  id: string;
  query: EntityQuery;
  facts: Reading<PageAnswer<FactAnswer>>;
}

export function FactTable(props: FactTableProps) {
  const { base, id, query, facts } = props;
  return (
    <section id="facts">
      <h2>
        Facts <span class="count">{captionOf(query)}</span>
      </h2>
      {(query.correlationId ?? query.factId ?? query.cursor) !== undefined && (
        <p class="found">
          <a href={entityHref(base, id, { seq: query.seq, against: query.against })}>
            All facts, newest first
          </a>
        </p>
      )}
      {facts.ok ? <Rows {...props} page={facts.value} /> : <FaultNote fault={facts.fault} />}
    </section>
  );
}

function captionOf(query: EntityQuery): string {
  if (query.factId !== undefined) return 'one of them';
  return query.correlationId === undefined ? 'newest first' : `of ${query.correlationId}`;
}

function Rows(props: FactTableProps & { page: PageAnswer<FactAnswer> }) {
  const { base, id, query, page } = props;
  if (page.data.length === 0 && page.next_cursor === null) {
    return <p class="quiet">There are none here.</p>;
  }
  return (
    <>
      <table class="facts ledger">
        <thead>
          <tr>
            <th scope="col" class="number">
              Seq
            </th>
            <th scope="col">Fact</th>
            <th scope="col" class="wide">
              Recorded (UTC)
            </th>
          </tr>
        </thead>
        <tbody>
          {page.data.map((fact) => (
            <FactRow base={base} id={id} query={query} fact={fact} />
          ))}
        </tbody>
      </table>
      <p class="more">
        {page.next_cursor !== null && (
          <a
            href={`${entityHref(base, id, { ...query, cursor: page.next_cursor })}#facts`}
            rel="next"
          >
            Older facts
          </a>
        )}
      </p>
    </>
  );
}

function FactRow(props: { base: string; id: string; query: EntityQuery; fact: FactAnswer }) {
  const { fact, query } = props;
  const kind = fact.subtype === undefined ? fact.type : `${fact.type} ${fact.subtype}`;
  const here = entityHref(props.base, props.id, { ...query, seq: fact.seq, verify: false });
  return (
    <tr aria-current={fact.seq === query.seq ? 'true' : undefined}>
      <td class="number figures">
        <a href={here} title="The state after this fact">
          {fact.seq}
        </a>
      </td>
      <td>
        <details id={`fact-${fact.seq}`} open={query.factId !== undefined}>
          <summary>
            <code>{visibleText(kind)}</code> <span class="gist">{fieldsLine(fact.data)}</span>
          </summary>
          <FactBody {...props} />
        </details>
      </td>
      <td class="wide figures">
        <Moment at={visibleText(fact.recorded_at)} />
      </td>
    </tr>
  );
}

function FactBody(props: { base: string; id: string; query: EntityQuery; fact: FactAnswer }) {
  const { base, id, fact } = props;
  const { seq } = props.query;
  const toFact = (factId: string): string | undefined =>
    ENTITY_ID.test(factId) ? `${entityHref(base, id, { seq, factId })}#facts` : undefined;
  return (
    <>
      <dl class="pairs">
        <Pair name="Id">
          <Reference text={fact.id} href={toFact(fact.id)} />
        </Pair>
        <Pair name="Happened">
          <Moment at={visibleText(fact.timestamp)} />
        </Pair>
        {fact.effective_at !== undefined && (
          <Pair name="In effect from">
            <Moment at={visibleText(fact.effective_at)} />
          </Pair>
        )}
        {fact.corrects !== undefined && (
          <Pair name="Corrects">
            <Reference text={fact.corrects} href={toFact(fact.corrects)} />
          </Pair>
        )}
        {fact.causation_id !== undefined && (
          <Pair name="Caused by">
            <Reference text={fact.causation_id} href={toFact(fact.causation_id)} />
          </Pair>
        )}
        {fact.correlation_id !== undefined && (
          <Pair name="Together with">
            <Reference
              text={fact.correlation_id}
              href={
                isReference(fact.correlation_id)
                  ? `${entityHref(base, id, { seq, correlationId: fact.correlation_id })}#facts`
                  : undefined
              }
            />
          </Pair>
        )}
        {fact.source_id !== undefined && (
          <Pair name="Source">
            <Reference text={fact.source_id} href={undefined} />
          </Pair>
        )}
        {fact.config_id !== undefined && (
          <Pair name="Config">
            <code>{visibleText(`${fact.config_id}, version ${fact.config_version ?? '?'}`)}</code>
          </Pair>
        )}
        <Pair name="Schema version">{fact.schema_version}</Pair>
        <Pair name="Hash">
          <Hash of={fact.hash} />
        </Pair>
        <Pair name="Follows on">
          <ShortHash of={fact.prev_hash} />
        </Pair>
      </dl>
      <JsonView value={fact.data} label={`Data of fact ${fact.seq}`} />
    </>
  );
}

function Pair(props: { name: string; children?: Child }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Reference(props: { text: string; href: string | undefined }) {
  const text = <code>{visibleText(props.text)}</code>;
  return props.href === undefined ? text : <a href={props.href}>{text}</a>;
}
