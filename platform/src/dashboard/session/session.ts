// Who may see the dashboard: a link's token becomes a cookie, both signed with SESSION_SECRET. There
// is one person, the operator; nothing is stored, and nothing outlives its link.
import { jwtVerify, SignJWT } from 'jose';

export const SESSION_COOKIE = 'z0_session';
export const SESSION_SECONDS = 12 * 60 * 60;

/** A sign-in token travels in a URL, a session in a cookie; neither is accepted as the other. */
export type SessionTokenType = 'z0-signin+jwt' | 'z0-session+jwt';

const AUDIENCE = 'z0-dashboard';
const SUBJECT = 'operator';

/** A token that ends at `expiresAt` (Unix seconds). */
export async function signSession(
  secret: string,
  type: SessionTokenType,
  expiresAt: number,
): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', typ: type })
    .setAudience(AUDIENCE)
    .setSubject(SUBJECT)
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(new TextEncoder().encode(secret));
}

/** When the token ends (Unix seconds), or `undefined` when it is forged, over, or of another type. */
export async function verifySession(
  secret: string,
  type: SessionTokenType,
  token: string,
): Promise<number | undefined> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      typ: type,
      audience: AUDIENCE,
      subject: SUBJECT,
      requiredClaims: ['exp', 'iat'],
    });
    return payload.exp;
  } catch {
    return undefined;
  }
}
