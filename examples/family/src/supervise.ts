import { setTimeout as sleep } from 'node:timers/promises';
import type { SeedResult } from '@latchkey/server';
import type { Family } from '@latchkey/session';
import { checkStoreUrl } from '@latchkey/session/parts';
import { announcement, readyLine } from './announcement.ts';
import { createDevelopmentFetch, type ServerFetch } from './development-fetch.ts';
import { type FamilyProcess, startProcess } from './family-process.ts';
import { familySecret } from './family-secret.ts';
import { findPortInUse } from './free-ports.ts';
import { planProcesses } from './process-plans.ts';
import type { Settings } from './settings.ts';

/** Milliseconds that a process gets to stop before it is cut off: every port is free within two seconds. */
const stopMilliseconds = 1_300;
/** Milliseconds in which the whole family must be ready. */
const startMilliseconds = 60_000;
const pollMilliseconds = 100;

/** What a supervisor needs. */
export interface SupervisorOptions {
  readonly family: Family;
  readonly settings: Settings;
  readonly environment: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
}

/** The login host and the apps, each a process of its own. */
export interface Supervisor {
  /**
   * Starts every process and announces the family once each says that it is ready. Rejects with a line to show, and
   * nothing left running, when a port is in use, a setting is wrong, or a process does not come up.
   */
  start(): Promise<void>;
  /** Stops every process; resolves when all are gone. Can be called again and while starting. */
  stop(): Promise<void>;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new ProcessSupervisor(options);
}

class ProcessSupervisor implements Supervisor {
  readonly #options: SupervisorOptions;
  readonly #fetch: ServerFetch;
  readonly #secrets = new Set<string>();
  #processes: readonly FamilyProcess[] = [];
  #seeded: SeedResult | null = null;
  /** The first process that ended before the family was ready. */
  #fallen: string | null = null;
  #state: 'starting' | 'ready' | 'stopping' = 'starting';

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#fetch = createDevelopmentFetch(options.environment);
  }

  async start(): Promise<void> {
    const { family, settings, environment, print } = this.#options;
    checkStoreUrl(settings.store);
    await refusePortInUse(settings.basePort, family.apps.size + 1);
    if (this.#state === 'stopping') return;
    const secret = familySecret(environment, settings.dataFolder);
    this.#startAll(secret);
    try {
      await this.#untilReady();
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (this.#state !== 'starting') return;
    this.#state = 'ready';
    if (this.#seeded !== null) print(announcement(family, this.#processes, this.#seeded));
    print(readyLine(family));
  }

  async stop(): Promise<void> {
    this.#state = 'stopping';
    await Promise.all(this.#processes.map((process) => process.stop(stopMilliseconds)));
  }

  #startAll(secret: string): void {
    const plans = planProcesses(this.#options, secret);
    for (const { environment: own } of plans) {
      const names = ['LATCHKEY_SECRET', 'LATCHKEY_APP_KEY', 'LATCHKEY_SEED_PASSWORD'];
      for (const name of names) this.#hide(own[name]);
    }
    const listener = {
      onLine: (name: string, line: string) => this.#printLine(name, line),
      onMessage: (_name: string, message: unknown) => this.#takeMessage(message),
      onExit: (name: string, how: string) => this.#noticeExit(name, how),
    };
    this.#processes = plans.map((plan) => startProcess(plan, listener));
  }

  async #untilReady(): Promise<void> {
    const { family } = this.#options;
    const origins = [family.loginHost.origin, ...[...family.apps.values()].map((a) => a.origin)];
    const deadline = performance.now() + startMilliseconds;
    const waiting = new Set(origins);
    while (waiting.size > 0 || this.#seeded === null) {
      if (this.#state === 'stopping') return;
      if (this.#fallen !== null) {
        throw new Error(`The family cannot start: ${this.#fallen}. Its lines above tell why.`);
      }
      if (performance.now() > deadline) {
        throw new Error(`The family is not ready in time; still waiting for ${[...waiting]}.`);
      }
      await sleep(pollMilliseconds);
      for (const origin of await this.#readyAmong([...waiting])) waiting.delete(origin);
    }
  }

  async #readyAmong(origins: readonly string[]): Promise<readonly string[]> {
    const answers = await Promise.all(
      origins.map(async (origin) => {
        try {
          const signal = AbortSignal.timeout(3_000);
          const response = await this.#fetch(`${origin}/health/ready`, { signal });
          await response.body?.cancel();
          return response.status === 200 ? [origin] : [];
        } catch {
          return [];
        }
      }),
    );
    return answers.flat();
  }

  #takeMessage(message: unknown): void {
    const { seeded } = (message ?? {}) as { readonly seeded?: unknown };
    if (!isSeedResult(seeded)) return;
    this.#seeded = seeded;
    this.#hide(seeded.password);
  }

  #noticeExit(name: string, how: string): void {
    if (this.#state === 'stopping') return;
    if (this.#state === 'starting') this.#fallen ??= `${name} stopped (${how})`;
    else this.#options.print(`${name} stopped by itself (${how}); the others go on.`);
  }

  #printLine(name: string, line: string): void {
    let open = line;
    for (const secret of this.#secrets) open = open.replaceAll(secret, '[hidden]');
    this.#options.print(`${name} | ${open}`);
  }

  #hide(secret: string | undefined): void {
    if (secret !== undefined && secret !== '') this.#secrets.add(secret);
  }
}

async function refusePortInUse(first: number, count: number): Promise<void> {
  const ports = Array.from({ length: count }, (_, index) => first + index);
  const taken = await findPortInUse(ports);
  if (taken === null) return;
  throw new Error(
    `Port ${taken} is in use: stop what listens there, or set LATCHKEY_BASE_PORT to the first of ${count} free ports.`,
  );
}

function isSeedResult(value: unknown): value is SeedResult {
  const seeded = value as Partial<SeedResult> | null | undefined;
  return typeof seeded?.password === 'string' && Array.isArray(seeded.people);
}
