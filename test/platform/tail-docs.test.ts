// docs/tail.md says what an event has and what a reader may ask for, as the code does.
import { describe, expect, it } from 'vitest';
import PAGE from '../../docs/tail.md?raw';
import { tailEvent } from '../../platform/src/tail/tail-event.ts';
import { tailQuery } from '../../platform/src/tail/tail-filter.ts';
import { MAX_TAILS } from '../../platform/src/tail/tail-room.ts';
import { endText } from '../../platform/src/tail/tail-text.ts';

describe('docs/tail.md', () => {
  it('has a row for each field of an event', () => {
    const table = PAGE.slice(PAGE.indexOf('| Field of an event |'), PAGE.indexOf('Stacks name'));
    const rows = [...table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gmu)];
    const named = rows.flatMap(([, names = '']) => [...names.matchAll(/\w+/gu)].map(String));
    expect(named).toEqual(Object.keys(tailEvent.shape));
  });

  it('has an option for each filter', () => {
    const options = [...PAGE.matchAll(/^\| `--(\w+)/gmu)].map(([, name]) => name);
    expect(options).toEqual([...Object.keys(tailQuery.shape), 'json']);
  });

  it.each(['time_limit', 'source_ended', 'slow_reader'] as const)('names the end %s', (reason) => {
    expect(PAGE).toContain(`\`${reason}\``);
    expect(endText(reason)).toContain(reason);
  });

  it('has the number of streams', () => {
    expect(MAX_TAILS).toBe(5);
    expect(PAGE).toContain('five of the operator and five of the tenant');
  });
});
