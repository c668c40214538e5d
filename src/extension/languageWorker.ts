import '../engine/loadTexts.ts';
import { parentPort } from 'node:worker_threads';
import { toJson } from '../base/json.ts';
import { toDisposable, type Disposable } from '../base/lifetime.ts';
import { FileChecker, type FileReport } from '../engine/checkFile.ts';
import { listRuns } from '../engine/runs/summary.ts';
import { serve, type Pipe } from '../protocol/channel/channel.ts';
import { buildTopology } from '../topology/build.ts';
import type { Topology, TopologyItem } from '../topology/topology.ts';
import { dataPreview } from './dataPreview.ts';
import { editorMethods } from './editorMethods.ts';
import type { WorkerMethods } from './editorRequests.ts';
import type { CheckedModel, CheckRequest, LayerPlace } from './languageMethods.ts';
import { readRunHistory } from './runHistory.ts';
import { findHeldRun, readRunProgress } from './runProgress.ts';
import { SharedReports } from './sharedReports.ts';
import { readStoredRun } from './storedRun.ts';

const checker = new FileChecker();

async function fileReport(request: CheckRequest): Promise<FileReport> {
  const { text, modelPath, allowedRoots, readData } = request;
  return checker.check({
    text,
    roots: allowedRoots,
    ...(readData && modelPath !== undefined && { path: modelPath }),
  });
}

const reports = new SharedReports(fileReport);

async function check(request: CheckRequest): Promise<CheckedModel> {
  const report = await reports.newest(request);
  const topology = buildTopology(report);
  return {
    name: report.tree.name,
    diagnostics: report.diagnostics,
    canBeDrawn: report.layers.length > 0,
    layers: toJson(placesOf(topology)),
    topology: toJson(topology),
  };
}

/** Every item of the picture with its line, containers before what is in them. */
function placesOf({ items }: Topology): readonly LayerPlace[] {
  const places: LayerPlace[] = [];
  const visit = (item: TopologyItem): void => {
    places.push({ path: item.path, line: item.line });
    if (item.kind === 'group') item.items.forEach(visit);
    if (item.kind === 'residual') [...item.branch, ...item.after].forEach(visit);
  };
  items.forEach(visit);
  return places;
}

function pipeToParent(): Pipe {
  const port = parentPort!;
  const on = (event: string, listener: (value: unknown) => void): Disposable => {
    port.on(event, listener);
    return toDisposable(() => port.off(event, listener));
  };
  return {
    send: (message) => {
      port.postMessage(message);
    },
    onMessage: (listener) => on('message', listener),
    onClose: (listener) => on('close', listener),
  };
}

serve<WorkerMethods, object>(pipeToParent(), {
  check,
  readHistory: readRunHistory,
  listRuns: (parents) => Promise.all(parents.map(listRuns)),
  readRun: ({ directory, modelPath }) => readStoredRun(checker, directory, modelPath),
  findHeldRun,
  readProgress: readRunProgress,
  preview: (request) => dataPreview(checker, request),
  ...editorMethods(reports, fileReport),
});
