// The one style sheet of all pages, put together from the sections of their folders. A section is a
// string of CSS in a file `<folder>/<folder>-style.ts`; later ones win.

import { PORTAL_STYLE } from '../portal/portal-style.ts';
import { TAIL_STYLE } from '../tail/tail-style.ts';
import { AUDIT_STYLE } from './audit/audit-style.ts';
import { BASE_STYLE } from './base-style.ts';
import { CHART_STYLE } from './chart-style.ts';
import { ENTITY_STYLE } from './entity/entity-style.ts';
import { ERRORS_STYLE } from './errors/errors-style.ts';
import { ISLAND_STYLE } from './island-style.ts';
import { OVERVIEW_STYLE } from './overview/overview-style.ts';
import { SELF_STYLE } from './self/self-style.ts';
import { SYSTEM_STYLE } from './system/system-style.ts';
import { TENANT_STYLE } from './tenant/tenant-style.ts';

/** To add the styles of a folder: import its section and name it here. */
const SECTIONS: readonly string[] = [
  BASE_STYLE,
  CHART_STYLE,
  ISLAND_STYLE,
  ENTITY_STYLE,
  PORTAL_STYLE,
  OVERVIEW_STYLE,
  TENANT_STYLE,
  ERRORS_STYLE,
  SELF_STYLE,
  SYSTEM_STYLE,
  AUDIT_STYLE,
  TAIL_STYLE,
];

export const STYLE = SECTIONS.join('\n');
