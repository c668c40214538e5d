/** A model that trains in a moment, on data that needs no file. Line 7 holds the norm of the residual, line 8 its branch. */
export const tinyModel = `model: tiny
layers:
  - Linear: { out_features: 8, name: first }
  - Residual:
      name: block
      placement: pre
      norm: LayerNorm
      body: [{ Linear: { out_features: 8, name: branch } }, ReLU]
  - LayerNorm: { name: last }
  - Linear: { out_features: classes, name: head }
train:
  data: { gaussian-blobs: { classes: 3 } }
  loss: CrossEntropyLoss
  optimizer: { AdamW: { lr: 0.02 } }
  batch: 16
  steps: 40
  seed: 4
`;
