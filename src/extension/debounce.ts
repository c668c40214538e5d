const shortest = 20;
const longest = 150;

/** Milliseconds to wait for the next keystroke before a text is checked: half as long as its last check took, within limits. */
export function debounceAfter(checkMilliseconds: number): number {
  return Math.min(Math.max(checkMilliseconds / 2, shortest), longest);
}
