export type { SeededPerson, SeedResult } from './accounts/seeds.ts';
export { type ServerErrorCode, serverErrorCodes } from './errors.ts';
export type {
  ExposureCheck,
  ExposureCheckReport,
  ExposureCheckResult,
  ExposureFinding,
  ExposureHost,
  ExposureSeverity,
} from './exposure-guard/exposure-check.ts';
export type { ExposureGuardOptions } from './exposure-guard/guard-options.ts';
export { createLoginHost, type LoginHost, type LoginHostOptions } from './login-host.ts';
