"""ResNets as torchvision builds them, name for name, trained by PyTorch: its side of `parity.ts`.

What it answers (torchSession.py):
  {"command": "train", "stages": [[channels, blocks], ...], "stem": 3 | 7, "size": n, "batch": n, "batches": FILE, "seed": n,
   "recipe": {"lr": n, "momentum": n, "weight_decay": n}, "from": first batch, "steps": n, "threads": n, "to": FILE.safetensors}
     draws weights, takes steps over the batches from `from` on, and exports the state
     -> {"loss": n | null, "parameters": n, "state": {name: shape}}
  {"command": "gradients", "to": FILE, "double": bool, "parameters": [names in the order to write]}
     of the first batch from the exported state -> {"loss": n}; writes logits and gradients as float64
  {"command": "run", "steps": n, "double": bool}  -> {"losses": [...]}: from the exported state over the first batches
Needs python3-torch (Debian 12: 1.13.1); torchvision is not needed.
"""
import json
import os
import sys

import numpy
import torch
import torch.nn.functional as F
from torch import nn

from torchSession import answer

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../test/fixtures"))
from basicBlock import BasicBlock  # noqa: E402


class ResNet(nn.Module):
    """A stem of 7 x 7 halves the picture and is followed by max-pooling; one of 3 x 3 does neither."""

    def __init__(self, stages, stem, classes=10):
        super().__init__()
        before = stages[0][0]
        self.conv1 = nn.Conv2d(3, before, stem, 2 if stem == 7 else 1, stem // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(before)
        self.pool = stem == 7
        self.depth = len(stages)
        for stage, (width, blocks) in enumerate(stages):
            strides = [1 if stage == 0 else 2] + [1] * (blocks - 1)
            parts = []
            for stride in strides:
                parts.append(BasicBlock(before, width, stride))
                before = width
            setattr(self, "layer%d" % (stage + 1), nn.Sequential(*parts))
        self.fc = nn.Linear(before, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.pool:
            x = F.max_pool2d(x, 3, 2, 1)
        for stage in range(self.depth):
            x = getattr(self, "layer%d" % (stage + 1))(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def write_safetensors(file, state):
    """The format of huggingface/safetensors: the header's length, the header, then the tensors one after the other."""
    header, parts, at = {}, [], 0
    for name, value in state.items():
        array = value.detach().numpy()
        raw = array.tobytes()
        kind = {"float32": "F32", "int64": "I64"}[str(array.dtype)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, at + len(raw)]}
        parts.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text + b"".join(parts))


class Session:
    def train(self, request):
        torch.set_num_threads(request["threads"])
        torch.manual_seed(request["seed"])
        self.form = request["stages"], request["stem"]
        self.recipe = request["recipe"]
        batch, size = request["batch"], request["size"]
        pixels = batch * 3 * size * size
        rows = numpy.fromfile(request["batches"], dtype=numpy.int32).reshape(-1, pixels + batch)
        self.batches = [
            (
                torch.from_numpy(row[:pixels].view(numpy.float32).reshape(batch, 3, size, size).copy()),
                torch.from_numpy(row[pixels:].astype(numpy.int64)),
            )
            for row in rows
        ]
        net = ResNet(*self.form).train()
        losses = self.steps(net, self.batches[request["from"] :], request["steps"])
        self.state = {name: value.clone() for name, value in net.state_dict().items()}
        write_safetensors(request["to"], self.state)
        return {
            "loss": losses[-1] if losses else None,
            "parameters": sum(value.numel() for value in net.parameters()),
            "state": {name: list(value.shape) for name, value in self.state.items()},
        }

    def steps(self, net, batches, count):
        optimizer = torch.optim.SGD(net.parameters(), **self.recipe)
        kind = next(net.parameters()).dtype
        losses = []
        for step in range(count):
            images, targets = batches[step % len(batches)]
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images.to(kind)), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    def exported(self, double):
        net = ResNet(*self.form)
        net.load_state_dict(self.state)
        return net.to(torch.float64 if double else torch.float32).train()

    def gradients(self, request):
        net = self.exported(request["double"])
        images, targets = self.batches[0]
        logits = net(images.to(net.fc.weight.dtype))
        loss = F.cross_entropy(logits, targets)
        loss.backward()
        named = dict(net.named_parameters())
        found = [logits, *(named[name].grad for name in request["parameters"])]
        numpy.concatenate([value.detach().double().numpy().ravel() for value in found]).tofile(request["to"])
        return {"loss": loss.item()}

    def run(self, request):
        return {"losses": self.steps(self.exported(request["double"]), self.batches, request["steps"])}


if __name__ == "__main__":
    answer(Session())
