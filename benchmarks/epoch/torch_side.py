"""PyTorch's side; its settings are reasoned where they stand."""

import contextlib
import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from benchmarks.epoch.task import Clock, Pictures, Training

DEGREES = 25


def train(training: Training, pictures: Pictures, clock: Clock) -> dict[str, str | float]:
    """Train by a plain loop over the batches, as PyTorch's own examples do."""
    torch.set_num_threads(training.threads)
    torch.set_flush_denormal(True)  # as TensorFlow and XLA do
    torch.manual_seed(training.config.seed)
    precision = training.precision
    network = _network(training.config).to(memory_format=torch.channels_last)
    forward = torch.compile(network) if training.compiled else network
    adam = torch.optim.Adam(network.parameters(), training.config.learning_rate, fused=True)
    images, labels = _tensor(pictures.images), torch.from_numpy(pictures.labels)
    for _ in range(training.epochs):
        clock.start()
        _epoch(forward, adam, images, labels, training, pictures, precision)
        clock.stop()
    return {
        "accuracy": _accuracy(network, pictures, precision),
        "precision": precision,
        "library": f"PyTorch {torch.__version__}",
    }


def _network(config: Any) -> nn.Sequential:
    """Build the network; first weights as TFLearn draws them."""
    layers: list[nn.Module] = []
    channels, side = 3, 32
    for layer_set in config.layers:
        for filters in layer_set:
            layers += [_uniform(nn.Conv2d(channels, filters, 3, padding=1)), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2, ceil_mode=True))
        side = -(-side // 2)
    layers += [nn.Flatten(), _uniform(nn.Linear(channels * side**2, config.dense_units))]
    last = nn.Linear(config.dense_units, 10)
    nn.init.trunc_normal_(last.weight, std=0.02, a=-0.04, b=0.04)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, nn.ReLU(), nn.Dropout(config.dropout), last)


def _uniform(layer: Any) -> nn.Module:
    limit = math.sqrt(3 / layer.weight[0].numel())
    nn.init.uniform_(layer.weight, -limit, limit)
    nn.init.zeros_(layer.bias)
    return layer


def _tensor(images: Any) -> torch.Tensor:
    """Return pictures as (n, 3, 32, 32) uint8 in channels_last order: no byte is moved."""
    return torch.from_numpy(images).permute(0, 3, 1, 2)


def _epoch(
    forward: Any,
    adam: torch.optim.Optimizer,
    images: torch.Tensor,
    labels: torch.Tensor,
    training: Training,
    pictures: Pictures,
    precision: str,
) -> tuple[float, float]:
    """Train on all pictures once; return the mean loss and accuracy.

    The pictures are in memory: a batch is picked from them at once, without a DataLoader, which
    takes one after another.
    """
    forward.train()
    total, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    for chosen in torch.randperm(len(labels)).split(training.config.batch_size):
        batch, wanted = _standardised(images[chosen], pictures), labels[chosen]
        if training.augmented:
            batch = _augmented(batch)
        adam.zero_grad(set_to_none=True)
        with _autocast(precision):
            logits = forward(batch)
            loss = functional.cross_entropy(logits, wanted)
        loss.backward()
        adam.step()
        total += loss.detach() * len(chosen)
        right += (logits.detach().argmax(1) == wanted).sum()
    return float(total) / len(labels), float(right) / len(labels)


def _autocast(precision: str) -> contextlib.AbstractContextManager[Any]:
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")


def _standardised(images: torch.Tensor, pictures: Pictures) -> torch.Tensor:
    return images.float().sub_(pictures.mean).div_(pictures.std)


def _augmented(images: torch.Tensor) -> torch.Tensor:
    """Mirror and turn a batch by one bilinear resampling; corners become 0, the mean colour.

    It takes as long in PyTorch's default memory format, the way there and back included.
    """
    n = len(images)
    limit = math.radians(DEGREES)
    angles = torch.empty(n).uniform_(-limit, limit) * (torch.rand(n) < 0.5)
    mirror = 1 - 2 * (torch.rand(n) < 0.5).float()
    cos, sin, zero = angles.cos(), angles.sin(), torch.zeros(n)
    rows = torch.stack([mirror * cos, -mirror * sin, zero, sin, cos, zero], 1).view(n, 2, 3)
    grid = functional.affine_grid(rows, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


@torch.no_grad()
def _accuracy(network: nn.Module, pictures: Pictures, precision: str) -> float:
    network.eval()
    right = 0
    for start in range(0, len(pictures.validation_labels), 1000):
        part = slice(start, start + 1000)
        images = _standardised(_tensor(pictures.validation_images[part]), pictures)
        with _autocast(precision):
            guesses = network(images).argmax(1).numpy()
        right += int((guesses == pictures.validation_labels[part]).sum())
    return right / len(pictures.validation_labels)
