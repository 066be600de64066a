export type { SeededPerson, SeedResult } from './accounts/seeds.ts';
export { type ServerErrorCode, serverErrorCodes } from './errors.ts';
export { createLoginHost, type LoginHost, type LoginHostOptions } from './login-host.ts';
