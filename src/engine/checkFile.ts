import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { reportOf, type ErrorReport } from '../base/errors.ts';
import {
  checkModel,
  dataSettingsOf,
  type CheckedModel,
  type CheckReport,
} from '../language/check/check.ts';
import type { DataFacts, DataSettings } from '../language/settings.ts';
import type { Diagnostic } from '../language/syntax/diagnostic.ts';
import { findDataFiles, findDataPath, type AllowedFile, type DataPlace } from './data/files.ts';
import type { LoadedData } from './data/loadedData.ts';
import { loadData } from './data/open.ts';
import { previewText } from './previewText.ts';

/** A problem of a model file or of the data that it names. */
export interface FileDiagnostic extends Omit<Diagnostic, 'code'> {
  /** A code of the language, or that of a data error, e.g. `data-missing`. */
  readonly code: string;
}

export interface FileReport extends Omit<CheckReport, 'diagnostics'> {
  readonly diagnostics: readonly FileDiagnostic[];
}

export interface FileToCheck {
  readonly text: string;
  /** Absolute path; data paths are relative to its folder. Without one no data is read. */
  readonly path?: string;
  readonly overrides?: readonly string[];
  /** Folders that data may be read from, beside the file's own. */
  readonly roots: readonly string[];
}

/** Data as it is kept between two checks: of a large text only the facts. */
interface KnownData {
  readonly facts: DataFacts;
  readonly loaded?: LoadedData;
  /** Its first samples as Markdown, once they were looked at. */
  preview?: string;
}

/** Texts up to this size stay in memory between two checks. */
const largestKept = 64 * 2 ** 20;

/**
 * Checks model files together with their data, as training would find them. Data that did not change since the last check is
 * not read again: a checker may be asked at every keystroke.
 */
export class FileChecker {
  private key = '';
  private data: KnownData = { facts: {} };

  /** Never throws for what is wrong with the file or its data: that comes as diagnostics. */
  async check(file: FileToCheck): Promise<FileReport> {
    const { text, overrides = [] } = file;
    const settings = dataSettingsOf(text, overrides);
    if (settings === undefined || file.path === undefined) return checkModel(text, { overrides });
    const place = { folder: path.dirname(file.path), roots: file.roots };
    try {
      const { facts, loaded } = await this.read(settings, place);
      const report = checkModel(text, { overrides, facts });
      const problem = report.model && loaded && problemOf(report.model, loaded);
      return problem ? withProblem(report, problem, text) : report;
    } catch (error) {
      const problem = reportOf(error);
      if (problem.kind === 'internal') throw error;
      return withProblem(checkModel(text, { overrides }), problem, text);
    }
  }

  /** The first samples of the data that a file names, as Markdown; undefined where they cannot be read, which `check` explains. */
  async preview({
    text,
    path: file,
    overrides = [],
    roots,
  }: FileToCheck): Promise<string | undefined> {
    const settings = dataSettingsOf(text, overrides);
    if (settings === undefined || file === undefined) return undefined;
    const place = { folder: path.dirname(file), roots };
    try {
      const known = await this.read(settings, place);
      const loaded = known.loaded ?? (await loadData(settings, place, { thorough: false }));
      return (known.preview ??= previewText(loaded.preview()));
    } catch (error) {
      if (reportOf(error).kind === 'internal') throw error;
      return undefined;
    }
  }

  private async read(settings: DataSettings, place: DataPlace): Promise<KnownData> {
    const { stamp, size } = await stampOf(settings, place);
    const key = JSON.stringify([settings, place, stamp]);
    if (key === this.key) return this.data;
    const loaded = await loadData(settings, place, { thorough: false });
    const { facts } = loaded;
    this.key = key;
    this.data = { facts, ...(size <= largestKept && { loaded }) };
    return size <= largestKept ? this.data : { facts, loaded };
  }
}

/** Changes when the data does. */
async function stampOf(
  settings: DataSettings,
  { folder, roots }: DataPlace,
): Promise<{ readonly stamp: unknown; readonly size: number }> {
  const files = await filesOf(settings, { folder, roots });
  const stamp = await Promise.all(
    files.map(async (file) => [file.path, file.size, (await stat(file.path)).mtimeMs]),
  );
  return { stamp, size: files.reduce((sum, file) => sum + file.size, 0) };
}

async function filesOf(settings: DataSettings, place: DataPlace): Promise<readonly AllowedFile[]> {
  switch (settings.kind) {
    case 'text':
      return findDataFiles(settings.files, place.folder, place.roots);
    default:
      return 'path' in settings ? entriesOf(settings.path, place) : [];
  }
}

/** A file, or what is directly in a folder: pictures that come or go change the time of the folder that they are in. */
async function entriesOf(name: string, place: DataPlace): Promise<readonly AllowedFile[]> {
  const found = await findDataPath(name, place, 'train.data');
  if (!found.isFolder) return [found];
  const entries = (await readdir(found.path)).map((entry) => path.join(found.path, entry));
  return Promise.all(
    entries.map(async (entry) => ({ name: entry, path: entry, size: (await stat(entry)).size })),
  );
}

/** What is wrong with the data that only shows together with the model, e.g. a text shorter than the context. */
function problemOf({ settings }: CheckedModel, loaded: LoadedData): ErrorReport | null {
  try {
    loaded.source(settings.seed, settings);
    return null;
  } catch (error) {
    return reportOf(error);
  }
}

/** Puts a problem of the data at the `data:` of the file, in place of the remark that the data has not been read. */
function withProblem(report: CheckReport, problem: ErrorReport, text: string): FileReport {
  const unknown = report.diagnostics.find(({ code }) => code === 'data-unknown');
  const line = report.tree.input?.line ?? 1;
  const end = (text.split(/\r?\n/)[line - 1] ?? '').length + 1;
  const range = unknown?.range ?? { start: { line, column: 1 }, end: { line, column: end } };
  const { code, message } = problem;
  const own: FileDiagnostic = { code, severity: 'error', message, path: '', range };
  const { layers, parameters, norms, residuals, tree } = report;
  const others = report.diagnostics.filter((other) => other !== unknown);
  return { diagnostics: [...others, own], layers, parameters, norms, residuals, tree };
}
