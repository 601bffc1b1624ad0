"""Model directories: config.json and model.safetensors, read, written and filled at random."""

import json
import os
import random

import safetensors_file
from axl_reference import complete_config, parameter_shapes, torch


def read_config(path):
    with open(path, encoding="utf-8") as file:
        return complete_config(json.load(file))


def read_model(folder, dtype=torch.float64):
    """-> (config, name -> tensor of dtype)."""
    tensors, _ = safetensors_file.read(os.path.join(folder, "model.safetensors"))
    config = read_config(os.path.join(folder, "config.json"))
    return config, {name: tensor.to(dtype) for name, tensor in tensors.items()}


def write_model(folder, config, parameters):
    """Creates the folder; parameters are written in the type they have."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump({"model_type": "multiscale_transformer", **config}, file, indent=2)
        file.write("\n")
    path = os.path.join(folder, "model.safetensors")
    safetensors_file.write(path, parameters, {"format": "pt"})


def strong(name, shape):
    """(mean, deviation) of the numbers of a tensor. No part of the model is left out by a zero, and
    every part shows in the logits, which are far larger than those of a trained model."""
    if name.endswith("norm.weight"):
        return 1.0, 0.2
    if name.endswith("_scale"):
        return 0.5, 0.1
    if name == "embed.weight":
        return 0.0, 0.7
    if len(shape) == 1:  # null keys and values, start states
        return 0.0, 0.7
    return 0.0, 1.3 / shape[-1] ** 0.5


def initial(name, shape):
    """The same as training begins with it, but for zeros and ones: logits around 1."""
    if len(shape) == 1:
        return strong(name, shape)
    return 0.0, 1 / shape[-1] ** 0.5


def random_parameters(config, seed, spread=strong):
    """name -> f32 tensor. Python's generator, because its numbers do not depend on PyTorch."""
    parameters = {}
    for name, shape in parameter_shapes(config).items():
        numbers = random.Random(f"{seed} {name}")
        mean, deviation = spread(name, shape)
        tensor = torch.empty(shape, dtype=torch.float64)
        values = [numbers.gauss(mean, deviation) for _ in range(tensor.numel())]
        parameters[name] = torch.tensor(values, dtype=torch.float64).reshape(shape).float()
    return parameters
