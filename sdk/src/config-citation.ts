// Which Config a fact about to be written records: the one its ledger says it is calculated with, or
// the one its writer names. Never lets a fact name a Config that is not in force.
import type { EffectiveConfig, Position } from './config.ts';
import { messageOf } from './evolver.ts';
import { type Fact, type FactDraft, isSystemFact } from './fact.ts';
import type { CitedConfig, ConfigReader, LedgerConfigs } from './ledger-configs.ts';
import { accept, type Outcome, refuse, refuseField } from './outcome.ts';

const NO_CITATION = accept<CitedConfig>({});

/**
 * A type of the ledger's own comes before the rules that govern the fact. Errors: `invalid_request`
 * with a pointer below `pointer`.
 */
export function citeConfig(
  draft: FactDraft,
  typeOf: (fact: FactDraft) => string | undefined,
  configs: LedgerConfigs,
  at: Position,
  pointer: string,
): Outcome<CitedConfig> {
  const { config_id, config_version } = draft;
  if (config_id === undefined) {
    if (config_version !== undefined) return refused(`${pointer}/config_id`, 'required');
    if (isSystemFact(draft)) return NO_CITATION;
    const type = typed(draft, typeOf);
    if (!type.ok) return type;
    const own = type.value === undefined ? undefined : configs.at(type.value, at);
    const found = own ?? configs.governing(draft);
    return found ? accept({ config_id: found.id, config_version: found.version }) : NO_CITATION;
  }
  const named = configs.typeOf(config_id);
  const effective = named === undefined ? undefined : configs.at(named, at);
  const source = effective?.sources.find(({ id }) => id === config_id);
  if (!source) return refused(`${pointer}/config_id`, 'not_in_force');
  if (config_version !== undefined && config_version !== source.version) {
    return refused(`${pointer}/config_version`, 'not_in_force');
  }
  return accept({ config_id, config_version: source.version });
}

/** The Config that `fact` records, or the one that a what-if supposes in its place. */
export function configOf(
  fact: Fact,
  typeOf: (fact: FactDraft) => string | undefined,
  configs: LedgerConfigs,
  supposed: ConfigReader | undefined,
): EffectiveConfig | undefined {
  const { config_id, seq } = fact;
  const recorded = config_id === undefined ? undefined : configs.typeOf(config_id);
  const type = typeOf(fact) ?? recorded;
  if (type === undefined || (!supposed && type !== recorded)) return undefined;
  // Of the facts before it: what it says itself came into force after it.
  return (supposed ?? configs).at(type, { seq: seq - 1, ms: Date.parse(fact.recorded_at) });
}

function typed(
  draft: FactDraft,
  typeOf: (fact: FactDraft) => string | undefined,
): Outcome<string | undefined> {
  try {
    return accept(typeOf(draft));
  } catch (error) {
    return refuse('internal', `configTypeOf threw: ${messageOf(error)}`);
  }
}

function refused(pointer: string, code: string): Outcome<CitedConfig> {
  return refuseField(pointer, code, 'Expected a Config in force here.');
}
