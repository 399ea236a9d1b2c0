// Where one can go from every page, of the operator and of a tenant, and by which letter. One table
// for the links, the keyboard and the help.

interface NavigationEntry {
  readonly place: string;
  readonly name: string;
  readonly href: string;
  /** Pressed after `g`, it goes there. */
  readonly key: string;
}

const OPERATOR_PLACES = [
  { place: 'overview', name: 'Overview', href: '/dashboard', key: 'o' },
  { place: 'tenants', name: 'Tenants', href: '/dashboard/tenants', key: 't' },
  { place: 'errors', name: 'Errors', href: '/dashboard/errors', key: 'e' },
  { place: 'self', name: 'Self-observability', href: '/dashboard/self', key: 's' },
  { place: 'system', name: 'System', href: '/dashboard/system', key: 'y' },
  { place: 'audit', name: 'Audit', href: '/dashboard/audit', key: 'a' },
] as const satisfies readonly NavigationEntry[];

const PORTAL_PLACES = [
  { place: 'overview', name: 'Overview', href: '/portal', key: 'o' },
  { place: 'entities', name: 'Entities', href: '/portal/entities', key: 'n' },
  { place: 'errors', name: 'Errors', href: '/portal/errors', key: 'e' },
  { place: 'logs', name: 'Logs', href: '/portal/logs', key: 't' },
  { place: 'keys', name: 'Keys', href: '/portal/keys', key: 'k' },
  { place: 'limits', name: 'Limits', href: '/portal/limits', key: 'l' },
  { place: 'versions', name: 'Versions', href: '/portal/versions', key: 'v' },
  { place: 'access', name: 'Access', href: '/portal/access', key: 'a' },
] as const satisfies readonly NavigationEntry[];

/** Where a page belongs; `tenant` is inside Tenants. */
export type Place =
  | 'tenant'
  | (typeof OPERATOR_PLACES)[number]['place']
  | (typeof PORTAL_PLACES)[number]['place'];

/** `aria-current` is `true` on a page inside a place, and `page` on the place itself. */
export function Navigation(props: { place: Place | undefined; portal: boolean }) {
  const entries: readonly NavigationEntry[] = props.portal ? PORTAL_PLACES : OPERATOR_PLACES;
  return (
    <nav
      class="places"
      aria-label={props.portal ? 'Pages of the portal' : 'Pages of the dashboard'}
    >
      {entries.map(({ place, name, href, key }) => (
        <a href={href} data-go={key} aria-current={currentOf(place, props.place)}>
          {name}
        </a>
      ))}
    </nav>
  );
}

function currentOf(place: string, here: Place | undefined): 'page' | 'true' | undefined {
  if (place === here) return 'page';
  return place === 'tenants' && here === 'tenant' ? 'true' : undefined;
}
