// The vault of a ledger that declares no personal data: everything passes through as it is.
import type { PersonalVault } from './ledger-personal.ts';

export const CLEAR: PersonalVault = {
  state: 'none',
  protect: ({ data }) => data,
  reveal: (fact) => fact,
  mask: (entity) => entity,
  conceal: (text) => text,
  open: (text) => text,
  store() {},
  destroy() {},
};
