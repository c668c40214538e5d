/**
 * Writes a text that changes often. The text node stays and takes it: to put a new one in its place, as `textContent` does, costs
 * style, layout and painting of what is around it too.
 */
export function writeText(element: Element | null | undefined, text: string): void {
  const node = element?.firstChild;
  if (!(node instanceof Text)) element?.replaceChildren(text);
  else if (node.data !== text) node.data = text;
}
