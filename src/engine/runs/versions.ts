import packageFile from '../../../package.json' with { type: 'json' };

/** What a run was made with. */
export function versions(): {
  readonly normscope: string;
  readonly onnxruntime: string;
  readonly node: string;
  readonly machine: string;
} {
  return {
    normscope: packageFile.version,
    onnxruntime: packageFile.dependencies['onnxruntime-node'],
    node: process.versions.node,
    machine: `${process.platform}-${process.arch}`,
  };
}
