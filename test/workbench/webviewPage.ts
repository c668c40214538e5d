/** What the page tells the runner outside. */
export type PageEvent =
  | { readonly type: 'pass'; readonly title: string }
  | { readonly type: 'fail'; readonly title: string; readonly message: string }
  | { readonly type: 'end' };

declare global {
  interface Window {
    reportToRunner(event: PageEvent): Promise<void>;
  }
}

function report(event: PageEvent): void {
  void window.reportToRunner(event);
}

function runTests(): void {
  const titleOf = (test: Mocha.Runnable) => test.titlePath().join(' › ');
  const runner = mocha.run();
  runner.on('pass', (test) => report({ type: 'pass', title: titleOf(test) }));
  runner.on('fail', (test, error: unknown) => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    report({ type: 'fail', title: titleOf(test), message });
  });
  runner.on('end', () => report({ type: 'end' }));
}

mocha.setup({
  ui: 'bdd',
  reporter: 'spec',
  timeout: 20_000,
  forbidOnly: true,
  forbidPending: true,
});
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
  report({
    type: 'fail',
    title: 'content security policy',
    message: `${effectiveDirective} forbids ${blockedURI}`,
  }),
);
// The tests are loaded by the scripts between this one and the event.
window.addEventListener('load', runTests);
