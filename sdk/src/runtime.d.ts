// The few Node names the SDK uses inside workerd (nodejs_compat). Declared here so that a customer
// needs no @types/node, whose globals do not exist in a Worker.

declare module 'node:crypto' {
  export function hash(algorithm: 'sha256', data: string, encoding: 'hex'): string;

  interface CipherGCM {
    setAAD(data: Uint8Array): this;
    update(data: string, encoding: 'utf8'): Uint8Array;
    final(): Uint8Array;
    /** After `final`: 16 bytes. */
    getAuthTag(): Uint8Array;
  }
  interface DecipherGCM {
    setAAD(data: Uint8Array): this;
    setAuthTag(tag: Uint8Array): this;
    update(data: Uint8Array): Uint8Array;
    /** Throws when anything was changed. */
    final(): Uint8Array;
  }
  export function createCipheriv(
    algorithm: 'aes-256-gcm',
    key: Uint8Array,
    iv: Uint8Array,
  ): CipherGCM;
  export function createDecipheriv(
    algorithm: 'aes-256-gcm',
    key: Uint8Array,
    iv: Uint8Array,
  ): DecipherGCM;
}

declare module 'node:buffer' {
  interface Bytes extends Uint8Array {
    subarray(start: number, end?: number): Bytes;
    toString(encoding?: 'utf8' | 'base64url'): string;
  }
  export const Buffer: {
    from(text: string, encoding: 'utf8' | 'base64url'): Bytes;
    concat(parts: readonly Uint8Array[]): Bytes;
    byteLength(text: string): number;
  };
}

declare module 'node:async_hooks' {
  export class AsyncLocalStorage<T> {
    run<R>(store: T, callback: () => R): R;
    getStore(): T | undefined;
  }
}
