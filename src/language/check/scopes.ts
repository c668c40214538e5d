/** The containers of a path from the innermost outward, '' last. */
function scopesOf(path: string): readonly string[] {
  const scopes: string[] = [];
  let scope = path;
  while (scope !== '') {
    scope = scope.slice(0, Math.max(scope.lastIndexOf('.'), 0));
    scopes.push(scope);
  }
  return scopes;
}

/** Where `reference`, written at the layer `path`, may lead: beside the layer first, then beside its containers, outward. */
export function candidatesOf(path: string, reference: string): readonly string[] {
  return scopesOf(path).map((scope) => (scope === '' ? reference : `${scope}.${reference}`));
}
