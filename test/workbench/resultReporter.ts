import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import type Mocha from 'mocha';
import { writeResults } from './results.ts';

type Reporter = new (runner: Mocha.Runner, options?: Mocha.MochaOptions) => Mocha.reporters.Base;

/** Source file of a test from the root of the project, also for tests that run as a bundle. */
function sourceOf(file: string): string {
  const root = process.env['NORMSCOPE_TEST_ROOT'] ?? process.cwd();
  return path
    .relative(root, file)
    .replaceAll(path.sep, '/')
    .replace(/\.cjs$/, '.ts');
}

/**
 * A reporter that prints as mocha's `spec` does and, at the end of the run, writes to
 * $NORMSCOPE_TEST_RESULT what has run. A file that is missing afterwards means that the process died
 * on the way. With $NORMSCOPE_TEST_OUTPUT the printed lines go to that file.
 */
export function createResultReporter(mocha: typeof Mocha): Reporter {
  const output = process.env['NORMSCOPE_TEST_OUTPUT'];
  if (output !== undefined) {
    mocha.reporters.Base.consoleLog = (...values: unknown[]) =>
      appendFileSync(output, `${format(...values)}\n`);
  }
  const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_RUN_END } = mocha.Runner.constants;

  return class ResultReporter extends mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
      super(runner, options);
      const files = new Set<string>();
      const note = (test: Mocha.Test) => {
        if (test.file !== undefined) files.add(sourceOf(test.file));
      };
      runner.on(EVENT_TEST_PASS, note);
      runner.on(EVENT_TEST_FAIL, note);
      runner.on(EVENT_RUN_END, () => {
        const target = process.env['NORMSCOPE_TEST_RESULT'];
        if (target === undefined) return;
        const { passes, failures } = this.stats;
        writeResults(target, { passed: passes, failed: failures, files: [...files].sort() });
      });
    }
  };
}
