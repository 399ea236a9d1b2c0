// Which route of a tenant's API a path belongs to, as a name from a closed set: counts are kept by it,
// and a path that a caller wrote could fill any table. Pure; it refuses nothing.

/** The tenant API's routes, as its description names them; a test holds the two together. */
const PATTERNS = [
  '/v1/health',
  '/v1/openapi.json',
  '/v1/entities',
  '/v1/entities/{id}',
  '/v1/entities/{id}/lifecycle',
  '/v1/entities/{id}/facts',
  '/v1/entities/{id}/facts/{fact_id}',
  '/v1/entities/{id}/state',
  '/v1/entities/{id}/outcomes',
  '/v1/entities/{id}/relationships',
  '/v1/entities/{id}/state/reconstruct',
  '/v1/entities/{id}/reconcile',
  '/v1/entities/{id}/verify',
  '/v1/entities/{id}/configs/{type}',
  '/v1/entities/{id}/what-if',
  '/v1/facts',
  '/v1/facts/batch',
  '/v1/configs/{id}',
  '/v1/configs/{id}/versions',
].map((pattern) => ({ pattern, segments: pattern.split('/') }));

/** Routes of a tenant's own making. */
const OWN = '/x/';

/** `path` is what the tenant's Worker sees, without query. */
export function routePatternOf(path: string): string {
  if (path.startsWith(OWN)) return `${OWN}*`;
  const segments = path.split('/');
  const found = PATTERNS.find((known) => matches(known.segments, segments));
  return found?.pattern ?? 'other';
}

function matches(known: readonly string[], segments: readonly string[]): boolean {
  if (known.length !== segments.length) return false;
  return known.every((segment, at) => {
    const given = segments[at];
    return segment.startsWith('{') ? given !== '' : given === segment;
  });
}
