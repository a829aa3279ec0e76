import type { Browser, Page } from 'playwright-core';

import { startDemoServer, type DemoServer } from '../../src/demo/server.ts';
import { demoType } from '../../src/providers/demo/settings.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { startBrowser } from '../support/chromium.ts';
import { builtConsole } from '../support/console.ts';
import { startGateway, type GatewayOptions, type TestGateway } from '../support/gateway.ts';

/** The console of a gateway with the demo's practice models, in a real browser. */
export interface OpenConsole {
  readonly gateway: TestGateway;
  /** Opens the page at a width in pixels; what the page logs as errors fails the test. */
  open(route?: string, options?: { readonly width?: number; readonly dark?: boolean }): Promise<Page>;
  /** What pages have logged as errors since the start. */
  readonly errors: readonly string[];
  /** Starts another gateway with the same practice models, such as the next run of this one. */
  startAnother(options: Partial<GatewayOptions>): Promise<TestGateway>;
  /** Addresses outside the gateway that pages have asked for. */
  readonly foreign: readonly string[];
  stop(): Promise<void>;
}

const CONFIG = {
  default_lane: 'main',
  providers: { demo: { type: 'demo' } },
  lanes: { main: { preferred: ['demo/quick'] }, coder: { preferred: ['demo/careful'] } },
  nodes: {
    evaluate: { model: 'demo/quick', why: 'simple scoring, cheap' },
    plan_queries: { lane: 'coder' },
  },
};

/** Starts gateway and browser. */
export async function openConsole(options: Partial<GatewayOptions> = {}): Promise<OpenConsole> {
  const demo: DemoServer = await startDemoServer();
  const consoleDirectory = await builtConsole();
  const types = [...PROVIDER_TYPES, demoType(demo.url)];
  const start = (changed: Partial<GatewayOptions>): Promise<TestGateway> =>
    startGateway({ types, config: CONFIG, consoleDirectory, ...changed });
  const gateway = await start(options);
  const browser: Browser = await startBrowser();
  const errors: string[] = [];
  const foreign: string[] = [];
  return {
    gateway,
    errors,
    foreign,
    startAnother: start,
    open: async (route = '', { width = 1440, dark = false } = {}) => {
      const page = await browser.newPage({
        viewport: { width, height: 900 },
        colorScheme: dark ? 'dark' : 'light',
        reducedMotion: 'reduce',
      });
      page.setDefaultTimeout(10_000);
      page.on('pageerror', ({ message }) => errors.push(message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(gateway.url)) foreign.push(request.url());
      });
      await page.goto(`${gateway.url}/${route}`);
      return page;
    },
    stop: async () => {
      await browser.close();
      await gateway.stop();
      await demo.close();
    },
  };
}
