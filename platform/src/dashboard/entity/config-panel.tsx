// The Configs in force for an entity: of which scope, which version, what they set. Shows what is in
// force now; which one a fact was judged by stands with the fact.
import type { ConfigAnswer } from '../../tenant-api/tenant-answers.ts';
import type { Reading } from '../../tenant-api/tenant-fault.ts';
import { FaultNote } from './fault-note.tsx';
import { JsonView } from './json-view.tsx';
import { visibleText } from './visible-text.ts';

export function ConfigPanel(props: { configs: Reading<readonly ConfigAnswer[]> }) {
  const { configs } = props;
  return (
    <section id="configs">
      <h2>
        Configs <span class="count">in force now</span>
      </h2>
      {!configs.ok && <FaultNote fault={configs.fault} />}
      {configs.ok && configs.value.length === 0 && (
        <p class="quiet">None: the entity runs on the defaults of its code.</p>
      )}
      {configs.ok &&
        configs.value.map((config) => (
          <details id={`config-${config.type}`} class="config">
            <summary>
              <code>{visibleText(config.type)}</code>{' '}
              <span class="gist">{`version ${config.version}, from the ${config.scope}`}</span>
            </summary>
            <ul class="sources">
              {config.sources.map((source) => (
                <li>
                  <code>{visibleText(source.id)}</code>
                  {` version ${source.version}, ${source.scope}`}
                </li>
              ))}
            </ul>
            <JsonView value={config.settings} label={`Settings of ${config.type}`} />
          </details>
        ))}
    </section>
  );
}
