import type { FileReport } from '../engine/checkFile.ts';
import { closeBrackets } from '../language/syntax/brackets.ts';
import type { CheckRequest } from './languageMethods.ts';

/** A text as it is, and with its brackets closed. */
const mostReports = 2;

interface Shared {
  readonly key: string;
  readonly report: Promise<FileReport>;
  /** Whether somebody was told that this is the newest state of the file. */
  wasChecked: boolean;
}

/** What texts mean, checked once for all that is asked about one of them. */
export class SharedReports {
  private readonly check: (request: CheckRequest) => Promise<FileReport>;
  private known: readonly Shared[] = [];

  /** `check` reads and checks a text with its data. */
  constructor(check: (request: CheckRequest) => Promise<FileReport>) {
    this.check = check;
  }

  /** What is wrong with the text as it is; asked a second time it is checked anew, for its data may have changed. */
  newest(request: CheckRequest): Promise<FileReport> {
    const key = keyOf(request);
    if (this.known.some((one) => one.key === key && one.wasChecked)) {
      this.known = this.known.filter((one) => one.key !== key);
    }
    const shared = this.shared(request);
    shared.wasChecked = true;
    return shared.report;
  }

  /** What is known of the text as it is. */
  asIs(request: CheckRequest): Promise<FileReport> {
    return this.shared(request).report;
  }

  /** What the text means with its open brackets closed. */
  closed(request: CheckRequest): Promise<FileReport> {
    return this.shared({ ...request, text: closeBrackets(request.text) }).report;
  }

  private shared(request: CheckRequest): Shared {
    const key = keyOf(request);
    const known = this.known.find((one) => one.key === key);
    if (known) return known;
    const shared = { key, report: this.check(request), wasChecked: false };
    this.known = [shared, ...this.known.slice(0, mostReports - 1)];
    return shared;
  }
}

function keyOf({ text, modelPath = '', readData, allowedRoots }: CheckRequest): string {
  return JSON.stringify([modelPath, readData, allowedRoots, text]);
}
