export type { AbsentName, Delegation, Hop, HostSurvey, Outcome, Source } from './host-survey.ts';
export type {
  DnsRecord,
  InputError,
  InputProblem,
  InputRecords,
  KnownZone,
  NamedHost,
} from './inputs/dns-record.ts';
export { type IncludeResult, parseZoneFile, type ZoneFileOptions } from './inputs/zone-file.ts';
export { type OpenZoneFileOptions, openZoneFile } from './inputs/zone-file-open.ts';
export { type OfflineSurvey, surveyOffline, type Unseen } from './survey-offline.ts';
