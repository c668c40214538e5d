/**
 * The layer that a parameter or tap belongs to: the longest of the layers' paths that its own begins with. Names within a layer
 * may have dots, as PyTorch's `out_proj.weight`.
 */
export function ownerOf(path: string, layers: { has(path: string): boolean }): string | undefined {
  let owner = path;
  while (owner.includes('.')) {
    owner = owner.slice(0, owner.lastIndexOf('.'));
    if (layers.has(owner)) return owner;
  }
  return undefined;
}
