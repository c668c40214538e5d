import assert from 'node:assert/strict';
import { parseLines, tinyModel, useCli } from './support.ts';

describe('the language of the command line', () => {
  const wrong = tinyModel.replace('LayerNorm', 'LayerNrm');
  const folder = useCli({ 'tiny.model.yaml': tinyModel, 'wrong.model.yaml': wrong });

  for (const locale of ['zh_CN.UTF-8', 'zh_CN', 'zh', 'zh_Hans.UTF-8']) {
    it(`is Chinese where the locale is ${locale}`, async () => {
      folder().locale = locale;
      const { stdout } = await folder().run('check', 'tiny.model.yaml');
      assert.match(stdout, /个参数，2 个归一化层/);
    });
  }

  for (const locale of ['C', 'en_US.UTF-8', 'zh_TW.UTF-8', 'de_DE']) {
    it(`is English where the locale is ${locale}`, async () => {
      folder().locale = locale;
      const { stdout } = await folder().run('check', 'tiny.model.yaml');
      assert.match(stdout, /parameters, 2 norms/);
    });
  }

  it('is that of the engine, too, and of its errors', async () => {
    folder().locale = 'zh_CN.UTF-8';
    const trained = await folder().run('train', 'tiny.model.yaml', '--steps', '3');
    assert.equal(trained.code, 0, trained.stderr);
    assert.match(trained.stdout, /损失/);
    const { code, stdout, stderr } = await folder().run('check', 'wrong.model.yaml');
    assert.equal(code, 1);
    assert.match(stdout + stderr, /你是否想写 'LayerNorm'/);
  });

  it('is English for programs', async () => {
    folder().locale = 'zh_CN.UTF-8';
    const { stdout } = await folder().run('check', 'wrong.model.yaml', '--json');
    const [line] = parseLines(stdout);
    assert.match(JSON.stringify(line), /did you mean 'LayerNorm'/);
  });
});
