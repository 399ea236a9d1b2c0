// A tenant's refused and failed requests, grouped: which code, where, how often, and what it means.
import { ERRORS, type ErrorCode } from '@z0-app/sdk/errors';
import { agoText, countText } from '../../dashboard/figure-text.ts';
import type { ErrorGroup } from '../../stats/request-view.ts';

export function ErrorTable(props: { groups: readonly ErrorGroup[]; now: number }) {
  return (
    <table class="groups" data-rows>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col" class="wide">
            Where
          </th>
          <th scope="col" class="amount wide">
            Status
          </th>
          <th scope="col" class="amount">
            Times
          </th>
          <th scope="col" class="amount">
            Last
          </th>
        </tr>
      </thead>
      <tbody>
        {props.groups.map((group) => (
          <tr>
            <td>
              <code>{group.code}</code>
              <span class="remark">{meaningOf(group)}</span>
              <code class="narrow-route">{group.route}</code>
            </td>
            <td class="wide">
              <code>{group.route}</code>
            </td>
            <td class={group.status >= 500 ? 'amount wide bad' : 'amount wide'}>{group.status}</td>
            <td class="amount">{countText(group.count)}</td>
            <td class="amount quiet">{agoText(group.last_at, props.now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function meaningOf({ code, status }: ErrorGroup): string {
  if (isKnown(code)) return ERRORS[code].title;
  if (code === 'other') return 'Codes beyond those that are kept apart';
  return status >= 500
    ? 'An answer of your Worker that names no code'
    : 'A refusal of your Worker that names no code';
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
