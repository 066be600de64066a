import type { HostKind, Operator } from './exposure-report.ts';
import type { KnownTarget } from './firms.ts';
import type { HostSurvey } from './host-survey.ts';
import type { RuleId } from './rules.ts';
import type { Severity } from './severity.ts';

/** A host of which there is something to say. */
export interface JudgedHost {
  readonly survey: HostSurvey;
  readonly character: Character;
  readonly rule: RuleId;
}

/** What was found about a host before its severity is known. */
export interface Character {
  readonly kind: HostKind;
  readonly rule: RuleId | null;
  /** The severity where the cookie can be read there. */
  readonly whenRead: Severity;
  readonly operator: Operator;
  readonly known: KnownTarget | null;
  readonly accepted: boolean;
}
