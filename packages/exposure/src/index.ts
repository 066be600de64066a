export { type BaselineEntry, readBaseline } from './baseline.ts';
export { type EarlierReport, readEarlierReport } from './compare.ts';
export {
  type Cookie,
  type ParseContext,
  type ParseRefusal,
  type ParseResult,
  parseSetCookie,
} from './cookie.ts';
export { type DropReason, dropReason } from './cookie-rules.ts';
export type { ResolverOptions } from './dns/resolver.ts';
export { ExposureError, type ExposureErrorCode, exposureErrorCodes } from './errors.ts';
export { type AuditOptions, auditExposure } from './exposure.ts';
export {
  type AcceptedFinding,
  type ChangedFinding,
  type Changes,
  type Coverage,
  type ExposureReport,
  type Finding,
  type HostKind,
  type HostReport,
  isForeignReceiver,
  type ListUse,
  type Operator,
  type Power,
  type ReportedCookie,
} from './exposure-report.ts';
export type { FamilyOptions } from './family.ts';
export { readLists, shippedLists, type TargetList } from './firms.ts';
export { type HarResult, readHarCookies } from './har.ts';
export type { AbsentName, Delegation, Hop, HostSurvey, Outcome, Source } from './host-survey.ts';
export { type TransferOptions, transferZone, type ZoneTransfer } from './inputs/axfr.ts';
export type {
  DnsRecord,
  InputError,
  InputProblem,
  InputRecords,
  KnownZone,
  NamedHost,
} from './inputs/dns-record.ts';
export { parseHostList } from './inputs/host-list.ts';
export { mergeInputs } from './inputs/merge-inputs.ts';
export { type InputSources, readInputs, type TextInput } from './inputs/read-inputs.ts';
export { exportAdvice } from './inputs/unknown-input.ts';
export { type IncludeResult, parseZoneFile, type ZoneFileOptions } from './inputs/zone-file.ts';
export { type OpenZoneFileOptions, openZoneFile } from './inputs/zone-file-open.ts';
export type { ViewDifference } from './live/run.ts';
export {
  type CookiePlaces,
  type CookieScope,
  powersOf,
  receivesCookie,
  scopeOf,
} from './receives.ts';
export { toHtml } from './report/html.ts';
export { toJson } from './report/json.ts';
export { type SarifOptions, toSarif } from './report/sarif.ts';
export { type TextOptions, toText } from './report/text.ts';
export { type Rule, type RuleId, rules } from './rules.ts';
export type {
  AppReach,
  AuditAdvice,
  AuditedApp,
  CookieIdentity,
  Migration,
  ScopeChoice,
} from './scope-choice.ts';
export { isAtLeast, type Severity, severities } from './severity.ts';
export { type LiveOptions, type LiveSurvey, surveyLive } from './survey-live.ts';
export { type OfflineSurvey, surveyOffline, type Unseen } from './survey-offline.ts';
