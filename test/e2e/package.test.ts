import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ownPlatform, packageFor } from '../../scripts/package.ts';
import { useWorkbench, type Workbench } from '../workbench/useWorkbench.ts';
import { PanelPage } from './panelPage.ts';

/** A platform that this machine is not. */
const otherPlatform = ownPlatform === 'linux-arm64' ? 'linux-x64' : 'linux-arm64';

/** Packs for a platform, and starts a workbench with that package installed. */
function usePackage(platform: string): Workbench {
  const folder = mkdtempSync(path.join(tmpdir(), 'normscope-vsix-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return useWorkbench({
    package: () => {
      const file = path.join(folder, 'normscope.vsix');
      packageFor(platform, file);
      return file;
    },
  });
}

describe('package of this platform, installed in VS Code', function () {
  // Packing compresses the runtime's library of some 25 MB.
  this.timeout(240_000);
  const workbench = usePackage(ownPlatform);
  const installed = () => {
    const extensions = path.join(workbench.server.folder, 'extensions');
    const name = readdirSync(extensions).find((entry) => entry.startsWith('normscope.normscope'));
    assert.ok(name, 'the package was not installed');
    return path.join(extensions, name);
  };

  it('loads its runtime from its own folder', () => {
    // The folder lies outside of the project: what the package forgot cannot be found elsewhere.
    const program =
      "const { InferenceSession } = require('onnxruntime-node');" +
      'console.log(typeof InferenceSession.create);';
    const output = execFileSync(process.execPath, ['-e', program], { cwd: installed() });
    assert.equal(output.toString().trim(), 'function');
  });

  it('holds no sources, tests or tools, and the binaries of no other platform', () => {
    const allowed = ['dist', 'media', 'examples', 'node_modules', 'l10n', 'package.'];
    const texts = ['readme', 'changelog', 'license', 'third_party_notices', '.vsixmanifest'];
    const known = [...allowed, ...texts];
    const surplus = readdirSync(installed()).filter(
      (entry) => !known.some((prefix) => entry.toLowerCase().startsWith(prefix)),
    );
    assert.deepEqual(surplus, []);
    const packages = readdirSync(path.join(installed(), 'node_modules')).sort();
    assert.deepEqual(packages, ['onnxruntime-common', 'onnxruntime-node']);
    const binaries = path.join(installed(), 'node_modules/onnxruntime-node/bin/napi-v6');
    assert.deepEqual(readdirSync(binaries), [process.platform]);
    assert.deepEqual(readdirSync(path.join(binaries, process.platform)), [process.arch]);
  });
});

describe('package of another platform, installed in VS Code', function () {
  this.timeout(240_000);
  const workbench = usePackage(otherPlatform);
  const panel = new PanelPage(workbench);

  it('draws models, and names the right package when it is to train', async () => {
    await workbench.openFile('residual-mlp.model.yaml');
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('blocks.0').waitFor();
    await panel.button('train').click();
    const message =
      `This is the package of Normscope for ${otherPlatform}, and this machine is ${ownPlatform}. ` +
      `Install normscope-${ownPlatform}.vsix instead.`;
    await workbench.page.locator('.notification-toast', { hasText: message }).waitFor();
    await panel.frame.getByText(message).waitFor();
    await workbench.screenshot('wrong-package');
  });
});
