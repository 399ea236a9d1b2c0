// The form of a key's secret: told apart from typing errors without asking anyone.
import { describe, expect, it } from 'vitest';
import { keyIdOf, mintKey, sameDigest, sha256Hex } from '../../platform/src/keys/key-secret.ts';

describe('a key secret', () => {
  it('has the documented form and leads back to its key id', () => {
    const { keyId, secret } = mintKey('test');
    expect(secret).toMatch(/^z0_test_[0-9a-z]{26}_[0-9a-z]{59}$/u);
    expect(keyIdOf(secret)).toBe(keyId);
    expect(mintKey('live').secret).toMatch(/^z0_live_/u);
  });

  it('is refused without a look-up when any one character is mistyped', () => {
    const { secret } = mintKey('test');
    for (let at = 0; at < secret.length; at += 1) {
      const other = secret[at] === 'a' ? 'b' : 'a';
      expect(keyIdOf(secret.slice(0, at) + other + secret.slice(at + 1))).toBeUndefined();
    }
  });

  it('is refused when two neighbours are swapped', () => {
    const { secret } = mintKey('test');
    for (let at = 40; at < secret.length - 1; at += 1) {
      const [a = '', b = ''] = [secret[at], secret[at + 1]];
      if (a === b) continue;
      expect(keyIdOf(secret.slice(0, at) + b + a + secret.slice(at + 2))).toBeUndefined();
    }
  });

  it('never repeats', () => {
    expect(new Set(Array.from({ length: 200 }, () => mintKey('test').secret)).size).toBe(200);
  });
});

it('digests compare equal only when they are', async () => {
  const digest = await sha256Hex('a');
  expect(digest).toBe('ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb');
  expect(sameDigest(digest, await sha256Hex('a'))).toBe(true);
  expect(sameDigest(digest, await sha256Hex('b'))).toBe(false);
  expect(sameDigest(digest, digest.slice(1))).toBe(false);
});
