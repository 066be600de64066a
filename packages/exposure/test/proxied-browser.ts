import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';

/** A Chromium for which one handler is every host there is. */
export interface ProxiedBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/**
 * Starts Debian's Chromium without a window, with the handler as its proxy: every http request of every host name and
 * address, loopback included, comes to it with its whole URL.
 */
export async function launchProxied(handler: RequestListener): Promise<ProxiedBrowser> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: process.env['LATCHKEY_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
      `--proxy-server=http://127.0.0.1:${port}`,
      '--proxy-bypass-list=<-loopback>',
    ],
  });
  return {
    browser,
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
