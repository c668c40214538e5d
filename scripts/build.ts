import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { build, context, type BuildOptions, type Plugin } from 'esbuild';
import { writeExampleData } from './exampleWorkspace.ts';
import { buildKernel } from './kernel.ts';
import { writeNotices } from './notices.ts';

const root = path.resolve(import.meta.dirname, '..');

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: 'linked',
  sourcesContent: false,
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  legalComments: 'none',
};

const importMetaUrl = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;";

/** Node programs are CommonJS bundles: the extension host loads its entry with `require`. */
export const nodeBundle: BuildOptions = {
  ...shared,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', 'onnxruntime-node', 'onnxruntime-common'],
  define: {
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
    'import.meta.url': 'importMetaUrl',
  },
  banner: { js: importMetaUrl },
};

export const browserBundle: BuildOptions = {
  ...shared,
  platform: 'browser',
  format: 'iife',
  target: 'chrome128',
  minify: true,
};

const engine = {
  ...nodeBundle,
  entryPoints: ['src/engine/main/main.ts'],
  outfile: 'dist/engine.cjs',
};

/** The thread that fills batches ahead. */
const dataWorker = {
  ...nodeBundle,
  entryPoints: ['src/engine/data/samples/dataWorker.ts'],
  outfile: 'dist/dataWorker.cjs',
};

const commandLine = {
  ...nodeBundle,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli.cjs',
  banner: { js: `#!/usr/bin/env node\n${importMetaUrl}` },
};

/** What is imported only when it is needed stands in a bundle of its own: reading a script takes as long as it is large. */
const importsApart: Plugin = {
  name: 'imports-apart',
  setup: (own) => {
    own.onResolve({ filter: /^\./ }, ({ kind, path: imported }) =>
      kind === 'dynamic-import'
        ? { path: `./${path.basename(imported, '.ts')}.cjs`, external: true }
        : undefined,
    );
  },
};

/**
 * One module of the bundle asks for `vscode`, and the others ask that one. Else each file that imports it would copy what it
 * exports, hundreds of names for forty files, which takes longer than all the rest of loading.
 */
const vscodeOnce: Plugin = {
  name: 'vscode-once',
  setup: (own) => {
    const namespace = 'once';
    own.onResolve({ filter: /^vscode$/ }, ({ path: imported, namespace: from }) =>
      from === namespace
        ? { path: imported, external: true }
        : { path: imported, namespace, sideEffects: false },
    );
    own.onLoad({ filter: /./, namespace }, () => ({ contents: "export * from 'vscode';" }));
  },
};

/** What VS Code loads, and waits for, when a model file is opened. */
export const activationBundle: BuildOptions = {
  ...nodeBundle,
  entryPoints: ['src/extension/main.ts'],
  outfile: 'dist/extension.cjs',
  plugins: [importsApart, vscodeOnce],
  supported: { 'dynamic-import': false },
};

const extension: BuildOptions[] = [
  activationBundle,
  {
    ...nodeBundle,
    entryPoints: ['src/extension/inlineAdapter.ts'],
    outfile: 'dist/inlineAdapter.cjs',
  },
  {
    ...nodeBundle,
    entryPoints: ['src/protocol/parseFromView.ts'],
    outfile: 'dist/parseFromView.cjs',
  },
];

const programs: BuildOptions[] = [
  ...extension,
  {
    ...nodeBundle,
    entryPoints: ['src/extension/languageWorker.ts'],
    outfile: 'dist/languageWorker.cjs',
  },
  engine,
  dataWorker,
  commandLine,
  { ...browserBundle, entryPoints: ['webview/main.ts'], outfile: 'dist/webview/main.js' },
];

function copyLayoutWorker(): void {
  mkdirSync(path.join(root, 'dist/webview'), { recursive: true });
  copyFileSync(
    path.join(root, 'node_modules/elkjs/lib/elk-worker.min.js'),
    path.join(root, 'dist/webview/elk-worker.min.js'),
  );
}

interface BuildChoices {
  /** Stay, and build a bundle again whenever one of its sources changes. */
  readonly watch?: boolean;
  /** Only what runs without an editor: the engine and the command line. */
  readonly headless?: boolean;
}

/** Builds everything, or what is chosen, into dist. */
export async function buildAll({ watch, headless }: BuildChoices = {}): Promise<void> {
  await buildKernel();
  copyLayoutWorker();
  writeExampleData();
  const bundles = headless === true ? [engine, dataWorker, commandLine] : programs;
  if (watch === true) {
    await Promise.all(bundles.map(async (options) => (await context(options)).watch()));
  } else {
    const results = await Promise.all(
      bundles.map((options) => build({ ...options, metafile: true })),
    );
    if (headless !== true) writeNotices(results.map(({ metafile }) => metafile));
  }
  chmodSync(path.join(root, commandLine.outfile), 0o755);
}

if (process.argv[1] === import.meta.filename) {
  await buildAll({ watch: process.argv.includes('--watch') });
}
