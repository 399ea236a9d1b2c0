// A tenant's entities by id, as they last reported: for the operator and for the tenant alike, under
// a base path of its own. Shows counts and ids, nothing that is inside an entity.
import type { Child } from 'hono/jsx';
import type { EntityLine, PageAnswer } from '../../tenant-api/tenant-answers.ts';
import type { Reading } from '../../tenant-api/tenant-fault.ts';
import { agoText, bytesText, countText } from '../figure-text.ts';
import { type EntitiesQuery, entitiesHref, entityHref } from './entity-query.ts';
import { FaultNote } from './fault-note.tsx';
import { visibleText } from './visible-text.ts';

export interface EntityListProps {
  /** Ends in `/entities`. */
  base: string;
  query: EntitiesQuery;
  entities: Reading<PageAnswer<EntityLine>>;
  now: number;
  /** What to do while there is none at all. */
  empty: Child;
}

export function EntityList(props: EntityListProps) {
  return (
    <>
      <Search base={props.base} query={props.query} />
      <Found {...props} />
    </>
  );
}

function Search(props: { base: string; query: EntitiesQuery }) {
  return (
    <form class="search" method="get" action={props.base} role="search">
      <label for="prefix">Id begins with</label>
      <input
        id="prefix"
        type="search"
        name="prefix"
        value={props.query.prefix}
        placeholder="acct_"
        maxlength={64}
        autocomplete="off"
        spellcheck={false}
      />
      <button type="submit">Find</button>
      {props.query.prefix !== '' && <a href={props.base}>All entities</a>}
    </form>
  );
}

function Found(props: EntityListProps) {
  const { base, query, entities } = props;
  if (!entities.ok) {
    return (
      <>
        <FaultNote fault={entities.fault} />
        <OpenById base={base} id={query.prefix} />
      </>
    );
  }
  if (entities.value.data.length > 0) {
    return <EntityTable base={base} query={query} page={entities.value} now={props.now} />;
  }
  if (query.cursor !== undefined) {
    return (
      <p class="quiet">
        This page has nothing on it. <a href={entitiesHref(base, query)}>Back to the first page</a>
      </p>
    );
  }
  if (query.prefix === '') return <section class="empty">{props.empty}</section>;
  return (
    <>
      <p class="quiet">{`No entity that has reported has an id that begins with ${query.prefix}.`}</p>
      <OpenById base={base} id={query.prefix} />
    </>
  );
}

/** An entity may be too new to be listed. */
function OpenById(props: { base: string; id: string }) {
  if (props.id === '') {
    return <p class="quiet">You can still open one: type its whole id above.</p>;
  }
  return (
    <p>
      Is that its whole id? <a href={entityHref(props.base, props.id)}>{`Open ${props.id}`}</a>
    </p>
  );
}

function EntityTable(props: {
  base: string;
  query: EntitiesQuery;
  page: PageAnswer<EntityLine>;
  now: number;
}) {
  const { base, query, page } = props;
  return (
    <>
      <table class="entities" data-rows>
        <thead>
          <tr>
            <th scope="col">Entity</th>
            <th scope="col" class="wide">
              Type
            </th>
            <th scope="col" class="amount">
              Facts
            </th>
            <th scope="col" class="amount wide">
              Storage
            </th>
            <th scope="col" class="amount">
              Last report
            </th>
          </tr>
        </thead>
        <tbody>
          {page.data.map((line) => (
            <tr>
              <td>
                <a class="name" href={entityHref(base, line.id)}>
                  {line.id}
                </a>
              </td>
              <td class="wide">{visibleText(line.type)}</td>
              <td class="amount">{countText(line.facts)}</td>
              <td class="amount wide">{bytesText(line.storage_bytes)}</td>
              <td class="amount quiet" title={visibleText(line.reported_at)}>
                {reportedText(line.reported_at, props.now)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="more">
        {query.cursor !== undefined && (
          <a href={entitiesHref(base, { prefix: query.prefix })}>First page</a>
        )}
        {page.next_cursor !== null && (
          <a
            href={entitiesHref(base, { prefix: query.prefix, cursor: page.next_cursor })}
            rel="next"
          >
            Next page
          </a>
        )}
      </p>
    </>
  );
}

function reportedText(at: string, now: number): string {
  return Number.isNaN(Date.parse(at)) ? '–' : agoText(at, now);
}
