// Takes the picture of the README, the shop with somebody signed in: `npm run picture -w @latchkey/e2e`.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { launchBrowser, photographShop } from './browser.ts';
import { repository, startDevelopmentFamily } from './family.ts';

const file = join(repository, 'docs/images/shop.png');
// The picture shows the address: the one that readers will see.
const basePort = Number(process.env['LATCHKEY_BASE_PORT'] ?? 4000);
const [family, browser] = await Promise.all([
  startDevelopmentFamily({ basePort }),
  launchBrowser(),
]);
try {
  await mkdir(dirname(file), { recursive: true });
  await photographShop(browser, family, file);
  console.log(`Wrote ${file}`);
} finally {
  await browser.close();
  await family.stop();
}
