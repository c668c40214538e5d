"""The PyTorch side of the benchmarks: trains the same network from the same weights on the same batches.

What it answers (torchSession.py):
  {"command": "load", "kind": "gpt" | "mlp" | "resnet", "config": {...}, "parameters": FILE.safetensors, "names": [...],
   "batches": FILE, "optimizer": {...}, "clip": 1.0 | null, "threads": n}
  {"command": "run", "lr": [one per step]}      -> {"milliseconds": [...], "losses": [...]}
  {"command": "memory"}                         -> {"peakMegabytes": n}
Parameters are taken in the order of the model file, which is the order of computation.
Needs python3-torch (Debian 12: 1.13.1); runs fastest with libopenblas0-openmp.
"""
import json
import math
import resource
import time

import numpy
import torch
import torch.nn.functional as F

from torchSession import answer


def read_safetensors(file):
    with open(file, "rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(length))
        body = stream.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = entry["data_offsets"]
        array = numpy.frombuffer(body[start:end], dtype=numpy.float32).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


class Gpt:
    """Pre-norm GPT without biases, exact GELU, output weights tied to the token embedding (nanoGPT)."""

    def __init__(self, config, parameters):
        self.config = config
        self.parameters = parameters
        context = config["context"]
        self.mask = torch.tril(torch.ones(context, context)).view(1, 1, context, context) == 0
        self.positions = torch.arange(context)

    def loss(self, tokens, targets):
        batch, context = tokens.shape
        width, heads = self.config["width"], self.config["heads"]
        parameters = iter(self.parameters)
        embedding, position = next(parameters), next(parameters)
        x = F.embedding(tokens, embedding) + F.embedding(self.positions, position)
        for _ in range(self.config["depth"]):
            h = F.layer_norm(x, (width,), next(parameters), None, 1e-5)
            q, k, v = F.linear(h, next(parameters)).split(width, dim=2)
            q, k, v = (t.view(batch, context, heads, width // heads).transpose(1, 2) for t in (q, k, v))
            scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(width // heads))
            weights = F.softmax(scores.masked_fill(self.mask, float("-inf")), dim=-1)
            mixed = (weights @ v).transpose(1, 2).contiguous().view(batch, context, width)
            x = x + F.linear(mixed, next(parameters))
            h = F.layer_norm(x, (width,), next(parameters), None, 1e-5)
            h = F.gelu(F.linear(h, next(parameters)))
            x = x + F.linear(h, next(parameters))
        x = F.layer_norm(x, (width,), next(parameters), None, 1e-5)
        logits = F.linear(x, embedding)
        return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1))


class Mlp:
    """Residual MLP: linear, depth x (x + relu(linear(norm(x)))), norm, linear."""

    def __init__(self, config, parameters):
        self.config = config
        self.parameters = parameters

    def loss(self, features, targets):
        width = (self.config["width"],)
        parameters = iter(self.parameters)
        x = F.linear(features, next(parameters), next(parameters))
        for _ in range(self.config["depth"]):
            h = F.layer_norm(x, width, next(parameters), next(parameters), 1e-5)
            x = x + F.relu(F.linear(h, next(parameters), next(parameters)))
        x = F.layer_norm(x, width, next(parameters), next(parameters), 1e-5)
        return F.cross_entropy(F.linear(x, next(parameters), next(parameters)), targets)


class ResNet:
    """Residual network with two 3x3 convolutions a block (He et al. 2015), its parameters named as torchvision names them."""

    def __init__(self, config, parameters, names):
        self.config = config
        self.named = dict(zip(names, parameters))
        blocks = {name.rsplit(".", 2)[0] for name in names if name.endswith(".conv1.weight")}
        self.blocks = sorted(blocks)
        self.running = {
            name[: -len(".bias")]: (torch.zeros(len(value)), torch.ones(len(value)))
            for name, value in self.named.items()
            if name.endswith(".bias") and not name.startswith("fc")
        }

    def norm(self, x, path):
        mean, var = self.running[path]
        return F.batch_norm(x, mean, var, self.named[path + ".weight"], self.named[path + ".bias"], True, 0.1, 1e-5)

    def block(self, x, path, stride):
        y = F.conv2d(x, self.named[path + ".conv1.weight"], stride=stride, padding=1)
        y = F.relu(self.norm(y, path + ".bn1"))
        y = self.norm(F.conv2d(y, self.named[path + ".conv2.weight"], padding=1), path + ".bn2")
        projection = self.named.get(path + ".downsample.0.weight")
        if projection is not None:
            x = self.norm(F.conv2d(x, projection, stride=stride), path + ".downsample.1")
        return F.relu(x + y)

    def loss(self, images, targets):
        stem = self.named["conv1.weight"]
        x = F.conv2d(images, stem, stride=self.config["stride"], padding=stem.shape[-1] // 2)
        x = F.relu(self.norm(x, "bn1"))
        if self.config["pool"]:
            x = F.max_pool2d(x, 3, 2, 1)
        for path in self.blocks:
            is_down = path + ".downsample.0.weight" in self.named
            x = self.block(x, path, 2 if is_down else 1)
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return F.cross_entropy(F.linear(x, self.named["fc.weight"], self.named["fc.bias"]), targets)


def read_batches(request):
    """Consecutive batches as the harness wrote them: inputs (int32 or float32), then int32 targets, for each step."""
    config = request["config"]
    raw = numpy.fromfile(request["batches"], dtype=numpy.int32)
    batch = config["batch"]
    if request["kind"] == "gpt":
        size = batch * config["context"]
        pairs = raw.reshape(-1, 2, batch, config["context"])
        return [tuple(torch.from_numpy(part.astype(numpy.int64)) for part in pair) for pair in pairs]
    is_image = request["kind"] == "resnet"
    shape = (batch, config["channels"], config["size"], config["size"]) if is_image else (batch, config["features"])
    size = math.prod(shape)
    rows = raw.reshape(-1, size + batch)
    return [
        (
            torch.from_numpy(row[:size].view(numpy.float32).reshape(shape).copy()),
            torch.from_numpy(row[size:].astype(numpy.int64)),
        )
        for row in rows
    ]


def make_optimizer(settings, parameters):
    decay = settings["weight_decay"]
    if settings["decay"] == "matrices":
        groups = [
            {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": decay},
            {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
        ]
    else:
        groups = [{"params": parameters, "weight_decay": decay}]
    if settings["type"] == "SGD":
        return torch.optim.SGD(groups, lr=settings["lr"], momentum=settings["momentum"], foreach=True)
    return torch.optim.AdamW(groups, lr=settings["lr"], betas=settings["betas"], eps=settings["eps"], foreach=True)


class Session:
    def load(self, request):
        torch.set_num_threads(request["threads"])
        tensors = read_safetensors(request["parameters"])
        self.parameters = [tensors[name].requires_grad_(True) for name in request["names"]]
        if request["kind"] == "resnet":
            self.net = ResNet(request["config"], self.parameters, request["names"])
        else:
            self.net = {"gpt": Gpt, "mlp": Mlp}[request["kind"]](request["config"], self.parameters)
        self.batches = read_batches(request)
        self.optimizer = make_optimizer(request["optimizer"], self.parameters)
        self.clip = request["clip"]
        self.step = 0
        return {"parameters": sum(p.numel() for p in self.parameters)}

    def run(self, request):
        milliseconds, losses = [], []
        for lr in request["lr"]:
            started = time.perf_counter()
            inputs, targets = self.batches[self.step % len(self.batches)]
            for group in self.optimizer.param_groups:
                group["lr"] = lr
            loss = self.net.loss(inputs, targets)
            loss.backward()
            if self.clip is not None:
                torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            losses.append(loss.item())
            milliseconds.append((time.perf_counter() - started) * 1000)
            self.step += 1
        return {"milliseconds": milliseconds, "losses": losses}

    def memory(self, _request):
        return {"peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    answer(Session())
