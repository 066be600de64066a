// Takes the picture of the README, the shop with somebody signed in: `npm run picture -w @latchkey/e2e`.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { launchBrowser, photographShop } from './browser.ts';
import { repository, startDevelopmentFamily } from './family.ts';

const file = join(repository, 'docs/images/shop.png');
const [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
try {
  await mkdir(dirname(file), { recursive: true });
  await photographShop(browser, family, file);
  console.log(`Wrote ${file}`);
} finally {
  await browser.close();
  await family.stop();
}
