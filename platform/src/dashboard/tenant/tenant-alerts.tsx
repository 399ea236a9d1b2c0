// The latest alerts about a tenant: what fired, when, and whether it is over.
import type { Alert } from '../../alerts/read-alerts.ts';
import { ageText, agoText } from '../figure-text.ts';

export function TenantAlerts(props: { alerts: readonly Alert[]; now: number }) {
  const { alerts, now } = props;
  if (alerts.length === 0) {
    return (
      <section id="alerts">
        <h2>Alerts</h2>
        <p class="quiet">None ever fired for this tenant.</p>
      </section>
    );
  }
  return (
    <section id="alerts">
      <h2>
        Alerts <span class="count">{`${firing(alerts)} firing`}</span>
      </h2>
      <ul class="alerts">
        {alerts.map((alert) => (
          <li class={alert.state === 'firing' ? `is-${alert.severity}` : 'is-over'}>
            <code>{alert.rule}</code> {alert.text} <span class="quiet">{whenText(alert, now)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function firing(alerts: readonly Alert[]): number {
  return alerts.filter(({ state }) => state === 'firing').length;
}

function whenText({ state, fired_at, resolved_at }: Alert, now: number): string {
  if (state === 'firing' || resolved_at === null) {
    return `Firing for ${ageText(now - Date.parse(fired_at))}.`;
  }
  const lasted = ageText(Date.parse(resolved_at) - Date.parse(fired_at));
  return `Over ${agoText(resolved_at, now)}, after ${lasted}.`;
}
