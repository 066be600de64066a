// For tests of apps, stores and adapters: contract suites, a sign-in without a login host, a clock that is set, servers
// to test against. Needs no test runner, and is never part of a running app. What it holds others to is stated by
// `@latchkey/session`.

export { type BreakableStore, createBreakableStore } from './adapter-contract/breakable-store.ts';
export { adapterContract } from './adapter-contract/contract.ts';
export { trustedOrigin } from './adapter-contract/csrf.ts';
export {
  type AdapterBench,
  type AdapterCase,
  type AdapterUnderTest,
  adapterCase,
  contractOrigin,
  type ListeningServer,
  type RunningApp,
  type RunningFamilyApp,
} from './adapter-contract/harness.ts';
export {
  createHttpVisitor,
  type HttpAnswer,
  type HttpQuestion,
  type HttpVisitor,
} from './adapter-contract/http-visitor.ts';
export { mountedHandler } from './adapter-contract/mounted-handler.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
export { freePort } from './free-port.ts';
export {
  startPostgresServer,
  type TestPostgresServer,
  type TestPostgresServerOptions,
} from './postgres-server.ts';
export {
  type Destination,
  hostileDestinations,
  nearMisses,
  oddDestinations,
} from './redirect-corpus.ts';
export {
  startRedisCluster,
  type TestRedisCluster,
  type TestRedisClusterOptions,
} from './redis-cluster.ts';
export {
  startRedisSentinels,
  type TestRedisSentinels,
} from './redis-sentinel.ts';
export {
  startRedisServer,
  type TestRedisServer,
  type TestRedisServerOptions,
} from './redis-server.ts';
export { type SignedInAs, type SignInAsOptions, signInAs } from './sign-in-as.ts';
export {
  createSmallLoginHost,
  type NewSignIn,
  type SmallLoginHost,
  type SmallLoginHostOptions,
} from './small-login-host.ts';
export { storeContract } from './store-contract/contract.ts';
export {
  type MakeStoreHarness,
  type StoreBench,
  type StoreCase,
  type StoreHarness,
  storeCase,
} from './store-contract/harness.ts';
export {
  createTestBrowser,
  type TestBrowser,
  type TestBrowserOptions,
  type Visit,
  type WebHandler,
} from './test-browser.ts';
