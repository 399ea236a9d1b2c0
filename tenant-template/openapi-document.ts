// The description of the tenant API (OpenAPI 3.1), made from the route table and the schemas that
// check requests. It runs when the description is written, never in the Worker.
import { ERRORS, type ErrorCode } from '@z0-app/sdk/errors';
import * as z from 'zod/mini';
import * as shapes from './answer-shapes.ts';
import type { Route } from './src/app.ts';
import { wholeNumber } from './src/schemas.ts';

type Json = Record<string, unknown>;

/** What any route may answer; the first five are the dispatcher's. */
const ANYWHERE: readonly ErrorCode[] = [
  'token_missing',
  'token_invalid',
  'insufficient_scope',
  'rate_limited',
  'worker_failed',
  'invalid_request',
  'not_found',
  'internal',
  'not_ready',
];

/** And any that reads a body; the first is the dispatcher's. */
const WRITES: readonly ErrorCode[] = [
  'limit_exceeded',
  'invalid_json',
  'idempotency_key_invalid',
  'idempotency_key_missing',
  'idempotency_in_flight',
  'idempotency_key_reused',
  'version_mismatch',
  'payload_too_large',
  'unsupported_media_type',
  'storage_full',
];

const PROBLEM = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(ERRORS)),
  detail: z.string(),
  retryable: z.boolean(),
  request_id: z.string(),
  errors: z.array(z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() })),
  limit: z.optional(
    z.strictObject({ name: z.string(), value: z.number(), used: z.optional(z.number()) }),
  ),
});

/** The whole document; equal routes give an equal one. */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'z0 tenant API', version: '1' },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      parameters: {
        key: {
          name: 'idempotency-key',
          in: 'header',
          description: 'A repeat with the same key changes nothing and answers the same.',
          schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
        },
        match: {
          name: 'if-match',
          in: 'header',
          description: 'The version of the entity, as its ETag has it.',
          schema: { type: 'string' },
        },
      },
      responses: {
        problem: { description: 'RFC 9457', content: problemContent() },
        anywhere: {
          description: `What every route may answer: ${ANYWHERE.join(', ')}`,
          content: problemContent(),
        },
      },
      schemas: { ...answerSchemas(), problem: schemaOf(PROBLEM) },
    },
  };
}

function operationOf(route: Route): Json {
  const { method, path, summary, body, answer, statuses = [200], errors = [] } = route;
  const good = {
    description: 'Done.',
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } },
  };
  const codes = [...(body ? WRITES : []), ...errors];
  return {
    operationId: operationIdOf(method, path),
    summary,
    parameters: parametersOf(route),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } },
    }),
    responses: {
      ...Object.fromEntries(statuses.map((status) => [status, good])),
      ...refusalsOf(codes),
      default: { $ref: '#/components/responses/anywhere' },
    },
  };
}

/** `get_entities_id_facts`: what generated clients call it. */
function operationIdOf(method: string, path: string): string {
  return `${method.toLowerCase()}${path.slice('/v1'.length).replaceAll(/[^a-z]+/g, '_')}`;
}

function parametersOf({ path, query, body }: Route): Json[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } };
  });
  const { properties = {}, required = [] } = schemaOf(query);
  const inQuery = Object.entries(properties).map(([name, schema]) => {
    return { name, in: 'query', ...(required.includes(name) && { required: true }), schema };
  });
  const inHeader = body
    ? ['key', 'match'].map((name) => ({ $ref: `#/components/parameters/${name}` }))
    : [];
  return [...inPath, ...inQuery, ...inHeader];
}

function refusalsOf(codes: readonly ErrorCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      { $ref: '#/components/responses/problem', description: group.join(', ') },
    ]),
  );
}

function problemContent(): Json {
  return { 'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } } };
}

interface ObjectSchema extends Json {
  readonly properties?: Record<string, unknown>;
  readonly required?: readonly string[];
}

/** All answers; one inside another is a reference. */
function answerSchemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, shape] of Object.entries(shapes)) registry.add(shape, { id });
  const uri = (id: string): string => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { ...HOW, uri });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema)]));
}

function schemaOf(schema: z.ZodMiniType): ObjectSchema {
  return plain(z.toJSONSchema(schema, HOW));
}

/** As JSON: fields that are absent are not there, nor what only matters outside a document. */
function plain(schema: object): ObjectSchema {
  const { $schema: _, $id: __, ...said } = JSON.parse(JSON.stringify(schema)) as Json;
  return said;
}

const HOW = {
  io: 'input',
  unrepresentable: 'any',
  override({ zodSchema, jsonSchema }: Overridden) {
    // The one custom check there is: a JSON object.
    if (zodSchema._zod.def.type === 'custom') jsonSchema.type = 'object';
    if (zodSchema === wholeNumber) {
      delete jsonSchema.pattern;
      Object.assign(jsonSchema, { type: 'integer', minimum: 0 });
    }
    // A time says its format; zod's pattern for it is long and says no more.
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  },
} as const;

interface Overridden {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}
