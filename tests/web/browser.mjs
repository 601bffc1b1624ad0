// What all tests of pages share: a browser, a page that complains about every error, a list of
// cases. Exit codes: 0, 1 where a case failed, 77 where there is nothing to drive a browser with.

import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const modules = process.env.AXL_WEB_MODULES ?? join(root, 'build/web/node_modules');
const browsers = [process.env.AXL_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome'];
const PATIENCE = 60000; // ms that a condition may take on a machine that does much else

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(77);
}

export async function launch() {
  const executablePath = browsers.find((path) => path && existsSync(path));
  if (!executablePath) skip('there is no Chromium (Debian: chromium; or name it with AXL_CHROMIUM)');
  if (!existsSync(join(modules, 'playwright-core')))
    skip('there is no playwright-core: tools/get_web brings it');
  const { chromium } = createRequire(`${modules}/`)('playwright-core');
  // A container's root has no sandbox; the pages are ours.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

// A page whose errors, and whatever its policy forbids, end up in `errors`.
export async function openPage(browser, url, options = {}, path = '/') {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error.stack));
  page.on('console', (message) => {
    if (message.type() === 'error') page.errors.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      page.errors.push(`a request to elsewhere: ${request.url()}`);
  });
  await page.goto(url + path);
  return page;
}

export async function shoot(page, name) {
  const folder = process.env.AXL_WEB_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

// Until the condition is met on this side.
export async function until(condition, what) {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((go) => setTimeout(go, 10));
  }
}

// Runs them one after another, those alone whose names hold the first argument.
export async function runCases(cases, prepare) {
  const wanted = process.argv[2] ?? '';
  let failed = 0;
  for (const [name, run] of Object.entries(cases)) {
    if (!name.includes(wanted)) continue;
    try {
      await prepare(run);
      console.log(`ok      ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  }
  return failed === 0 ? 0 : 1;
}
