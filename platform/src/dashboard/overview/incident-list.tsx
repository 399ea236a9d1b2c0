// What needs a look, the worst first, each with the one thing to do next.
import { countText } from '../figure-text.ts';
import type { Incident } from './incidents.ts';

export function IncidentList(props: { incidents: readonly Incident[] }) {
  if (props.incidents.length === 0) {
    return (
      <p class="incidents none">Nothing is wrong: no alert is firing, and no report is missing.</p>
    );
  }
  return (
    <section class="incidents" aria-labelledby="incidents">
      <h2 id="incidents">
        Needs a look <span class="count">{countText(props.incidents.length)}</span>
      </h2>
      <ul>
        {props.incidents.map((incident) => (
          <Item incident={incident} />
        ))}
      </ul>
    </section>
  );
}

function Item(props: { incident: Incident }) {
  const { level, tenant, text, since, action } = props.incident;
  return (
    <li class={`is-${level}`}>
      <p>
        {tenant && (
          <>
            <a class="name" href={`/dashboard/tenants/${encodeURIComponent(tenant.id)}`}>
              {tenant.name}
            </a>{' '}
          </>
        )}
        {text}
        {since !== undefined && <span class="quiet">{` For ${since}.`}</span>}
      </p>
      {action.changes ? (
        <form method="get" action={action.href}>
          <button type="submit">{action.text}</button>
        </form>
      ) : (
        <a class="next-action" href={action.href}>
          {action.text}
        </a>
      )}
    </li>
  );
}
