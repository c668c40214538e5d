import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { context, type BuildOptions } from 'esbuild';
import { writeMobyDick } from './exampleWorkspace.ts';
import { buildKernel } from './kernel.ts';

const root = path.resolve(import.meta.dirname, '..');

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: 'linked',
  sourcesContent: false,
  minifySyntax: true,
  logLevel: 'warning',
  legalComments: 'none',
};

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
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
};

export const browserBundle: BuildOptions = {
  ...shared,
  platform: 'browser',
  format: 'iife',
  target: 'chrome128',
  minify: true,
};

const programs: BuildOptions[] = [
  { ...nodeBundle, entryPoints: ['src/extension/main.ts'], outfile: 'dist/extension.cjs' },
  {
    ...nodeBundle,
    entryPoints: ['src/extension/languageWorker.ts'],
    outfile: 'dist/languageWorker.cjs',
  },
  { ...nodeBundle, entryPoints: ['src/engine/main/main.ts'], outfile: 'dist/engine.cjs' },
  {
    ...nodeBundle,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.cjs',
    banner: { js: `#!/usr/bin/env node\n${nodeBundle.banner?.['js'] ?? ''}` },
  },
  { ...browserBundle, entryPoints: ['webview/main.ts'], outfile: 'dist/webview/main.js' },
];

function copyLayoutWorker(): void {
  mkdirSync(path.join(root, 'dist/webview'), { recursive: true });
  copyFileSync(
    path.join(root, 'node_modules/elkjs/lib/elk-worker.min.js'),
    path.join(root, 'dist/webview/elk-worker.min.js'),
  );
}

function entryExists(options: BuildOptions): boolean {
  const [entry] = options.entryPoints as string[];
  if (entry !== undefined && existsSync(path.join(root, entry))) return true;
  console.log(`skipped ${options.outfile ?? ''}: ${entry ?? ''} does not exist`);
  return false;
}

/**
 * Builds everything into dist.
 * @param watch stay, and build a bundle again whenever one of its sources changes
 */
export async function buildAll(watch = false): Promise<void> {
  await buildKernel();
  copyLayoutWorker();
  writeMobyDick();
  await Promise.all(
    programs.filter(entryExists).map(async (options) => {
      const bundle = await context(options);
      if (watch) return bundle.watch();
      await bundle.rebuild();
      await bundle.dispose();
    }),
  );
  const commandLine = path.join(root, 'dist/cli.cjs');
  if (existsSync(commandLine)) chmodSync(commandLine, 0o755);
}

if (process.argv[1] === import.meta.filename) await buildAll(process.argv.includes('--watch'));
