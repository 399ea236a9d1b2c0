// Request shapes that every operation of the operator API has in common, and how a list looks.
import * as z from 'zod';

/** Accepted on every write; kept with the fact it made. */
export const writeHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/u, 'must be 1 to 255 visible ASCII characters')
    .optional()
    .meta({ description: 'A repeat with the same key changes nothing and answers the same.' }),
});

export const noQuery = z.strictObject({});

export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^[0-9]{1,3}$/u, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(100))
    .default(20)
    .meta({ type: 'integer', minimum: 1, maximum: 100, default: 20 }),
  cursor: z.string().min(1).max(512).optional(),
  order: z.enum(['asc', 'desc']).default('asc').meta({ description: 'By time of creation.' }),
});

export function listOf<T extends z.ZodType>(item: T) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  });
}

/** A short text people read: no control characters, not blank. */
export const displayText = z
  .string()
  .max(120)
  .regex(/^(?=.*\S)[^\p{Cc}]+$/u, 'must be readable text');
