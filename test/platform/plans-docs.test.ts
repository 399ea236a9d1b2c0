// docs/plans.md says what the code does: its numbers, names and texts are those in force.
import { describe, expect, it } from 'vitest';
import { limitRefusal } from '../../dispatcher/src/plan-limit.ts';
import page from '../../docs/plans.md?raw';
import { parsePlanSettings } from '../../platform/src/tenants/plan-settings.ts';
import { PLANS, type Plan } from '../../platform/src/tenants/plans.ts';
import { ERRORS } from '../../sdk/src/errors.ts';

const FIELDS: Readonly<Record<string, (plan: Plan) => number>> = {
  cpu_ms: ({ limits }) => limits.cpu_ms,
  subrequests: ({ limits }) => limits.subrequests,
  'rate.limit': ({ rate }) => rate.limit,
  'rate.period_s': ({ rate }) => rate.period_s,
  storage_bytes: ({ storage_bytes: bytes }) => bytes,
  entities: ({ entities }) => entities,
  schedules: ({ schedules }) => schedules,
  'preview.entities': ({ preview }) => preview.entities,
  'preview.facts': ({ preview }) => preview.facts,
};

const rows = new Map(
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map(([, field = '', , ...cells]) => [field, cells]),
);

const numberOf = (text = ''): number => Number(text.replaceAll(',', ''));

/** Whether a plan may have this value in this field. */
function fits(field: string, value: number): boolean {
  const [first = '', second] = field.split('.');
  return parsePlanSettings({ [first]: second === undefined ? value : { [second]: value } }).ok;
}

describe('the page about plans', () => {
  it('has every field and no other', () => {
    expect([...rows.keys()]).toEqual(Object.keys(FIELDS));
  });

  it.each(Object.entries(FIELDS))('says of %s what the built-in plans allow', (field, valueOf) => {
    const cells = rows.get(field) ?? [];
    const allowed = [PLANS.free, PLANS.standard, PLANS.scale].map(valueOf);
    expect(cells.slice(0, 3).map(numberOf)).toEqual(allowed);
  });

  it.each(Object.keys(FIELDS))('says of %s which values there are', (field) => {
    const [least = Number.NaN, most = Number.NaN] = (rows.get(field)?.[3] ?? '')
      .split(' to ')
      .map(numberOf);
    expect([least, most, least - 1, most + 1].map((value) => fits(field, value))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('quotes a refusal as it is', () => {
    const used = PLANS.free.entities;
    const { code, detail, limit } = limitRefusal('free', { name: 'entities', value: used, used });
    const quoted: unknown = JSON.parse(/```json\n(\{\n[^`]*`free`[^`]*)```/u.exec(page)?.[1] ?? '');
    const { status, title } = ERRORS.limit_exceeded;
    expect(quoted).toEqual({ code, status, title, detail, retryable: false, limit });
  });
});
