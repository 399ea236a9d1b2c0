// The public half of the signing keys. Pure; the private part never leaves `access-token.ts`.
import type { SigningKey } from '../secrets.ts';

export type PublicJwk = {
  kty: 'OKP';
  crv: 'Ed25519';
  kid: string;
  x: string;
  alg: 'EdDSA';
  use: 'sig';
};

/** RFC 7517 key set; each field is named, so nothing private can slip in. */
export function publicJwks(keys: readonly SigningKey[]): { keys: PublicJwk[] } {
  return {
    keys: keys.map(({ kid, x }) => {
      return { kty: 'OKP', crv: 'Ed25519', kid, x, alg: 'EdDSA', use: 'sig' };
    }),
  };
}
