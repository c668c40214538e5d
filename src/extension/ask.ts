/** Nobody reads a question and dismisses it in fewer milliseconds. */
const moment = 700;

/**
 * Asks by a quick input, and once more when that closes at once: the page of a walkthrough takes the focus back a moment after the key
 * that pressed its button, and what has lost the focus closes.
 */
export async function ask<T>(show: () => Thenable<T | undefined>): Promise<T | undefined> {
  const start = performance.now();
  const answer = await show();
  return answer === undefined && performance.now() - start < moment ? show() : answer;
}
