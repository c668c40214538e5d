import type { FileChecker } from '../engine/checkFile.ts';
import { readManifest } from '../engine/runs/manifest.ts';
import { summarizeRun } from '../engine/runs/summary.ts';
import type { NormInfo } from '../protocol/engine.ts';
import { buildTopology } from '../topology/build.ts';
import { childrenOf, type Topology, type TopologyItem } from '../topology/topology.ts';
import type { StoredRun } from './languageMethods.ts';
import { readRunHistory } from './runHistory.ts';

/**
 * Reads the run in `directory` of the model file `modelPath`; null when there is none that can be read. What its norms are is told
 * by a check of the run's own model text, which need not be that of the file by now. For the worker thread.
 */
export async function readStoredRun(
  checker: FileChecker,
  directory: string,
  modelPath: string,
): Promise<StoredRun | null> {
  const [history, summary] = await Promise.all([
    readRunHistory(directory),
    summarizeRun(directory),
  ]);
  if (history === null || summary === undefined || summary.state === 'damaged') return null;
  const { modelText, overrides, norms, id, modelName, seed, steps, threads, ...rest } =
    await readManifest(directory);
  const { stepsPerEpoch, classNames } = rest;
  const topology = buildTopology(await checker.check({ text: modelText, overrides, roots: [] }));
  const known = normsOf(topology);
  return {
    modelText,
    summary,
    history,
    info: {
      id,
      directory,
      modelPath,
      modelName,
      step: summary.step,
      steps,
      ...(stepsPerEpoch !== undefined && { stepsPerEpoch }),
      ...(classNames !== undefined && { classNames }),
      seed,
      threads,
      parameters: topology.items.reduce((sum, { parameters }) => sum + parameters, 0),
      norms: norms.map((path) => known.get(path) ?? { path, type: 'LayerNorm', line: 1 }),
      compileMilliseconds: 0,
    },
  };
}

function normsOf({ items }: Topology): ReadonlyMap<string, NormInfo> {
  const norms = new Map<string, NormInfo>();
  const visit = (item: TopologyItem): void => {
    const { path, line } = item;
    if (item.kind === 'layer' && item.role === 'norm') {
      norms.set(path, { path, type: item.type, line });
    }
    childrenOf(item).forEach(visit);
  };
  items.forEach(visit);
  return norms;
}
