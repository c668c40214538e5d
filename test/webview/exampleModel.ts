import { checkModel } from '../../src/language/check/check.ts';
import { buildTopology } from '../../src/topology/build.ts';
import type { Topology } from '../../src/topology/topology.ts';

/** The picture of an example, made of its file as the extension makes it. */
export async function exampleTopology(name: string): Promise<Topology> {
  const file = await fetch(`/examples/${name}.model.yaml`);
  return buildTopology(checkModel(await file.text()));
}
