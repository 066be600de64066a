import { expect, onTestFinished, test } from 'vitest';
import { configText, createWorkplace } from '../test/command.ts';
import { serveLoginHost } from '../test/login-host.ts';
import type { Finding } from './doctor-finding.ts';

test('doctor says that a login host has moved, until its origin of before is named', async () => {
  const place = await createWorkplace();
  onTestFinished(() => place.remove());
  const password = 'correct horse battery';
  const account = ['account', 'add', 'ada@kittens.example', '--name', 'Ada', '--password-stdin'];
  await place.run(account, `${password}\n`);
  const served = await serveLoginHost(place);
  await served.signIn('ada@kittens.example', password);
  await served.stop('SIGTERM');

  const found = async (config: string): Promise<Finding | undefined> => {
    place.write('latchkey.config.ts', config);
    const { stdout } = await place.run(['doctor', '--json']);
    const findings = JSON.parse(stdout) as readonly Finding[];
    return findings.find(({ about }) => about === 'formerRealms');
  };
  const before = `http://login.kittens.localhost:${place.port}`;
  expect(await found(configText(place.port))).toBe(undefined);
  expect(await found(configText(place.port + 1))).toMatchObject({
    state: 'bad',
    words: expect.stringContaining('1 of the last 1'),
    change: expect.stringContaining('formerRealms'),
  });
  const named = configText(place.port + 1, `formerRealms: ['${before}'],`);
  expect(await found(named)).toBe(undefined);
});
