#!/usr/bin/python3
"""What torch.save writes and torch.load reads: torch_files.py save DIR FILE.pt | same DIR FILE.pt

save writes the model directory DIR as the original's training script does, and in the ways a state
dict may come out of a module: parameters, views of one storage, tensors that are not contiguous.
same loads FILE.pt with weights_only and exits 1 unless every tensor has the bits of DIR's.
"""

import collections
import sys

from axl_reference import torch
from model_files import read_model


def save(folder, path):
    config, parameters = read_model(folder, torch.float32)
    state = collections.OrderedDict()
    for i, (name, tensor) in enumerate(parameters.items()):
        if i % 4 == 1 and tensor.dim() == 2:
            tensor = tensor.t().contiguous().t()
        elif i % 4 == 2:
            tensor = torch.cat([torch.zeros(3), tensor.flatten()])[3:].reshape(tensor.shape)
        elif i % 4 == 3:
            tensor = torch.nn.Parameter(tensor)
        state[name] = tensor
    state["embed.weight"] = state["embed.weight"].clone()
    torch.save({"model_state_dict": state, "config": dict(config), "step": 739,
                "optimizer_state_dict": {"param_groups": [{"lr": 1e-4, "betas": (0.9, 0.99)}]},
                "loss": 0.04655, "note": None}, path)


def agrees(found, value):
    """The weights_only of PyTorch 1.13 knows no floats, so those that are not whole are texts."""
    return found == value or (isinstance(value, float) and float(found) == value)


def same(folder, path):
    config, parameters = read_model(folder, torch.float32)
    loaded = torch.load(path, weights_only=True)
    state = loaded["model_state_dict"]
    wrong = [name for name, tensor in parameters.items()
             if name not in state or state[name].dtype != torch.float32
             or state[name].shape != tensor.shape
             or not torch.equal(state[name].view(torch.int32), tensor.view(torch.int32))]
    wrong += [name for name in state if name not in parameters]
    wrong += [key for key, value in config.items() if not agrees(loaded["config"].get(key), value)]
    for name in wrong:
        print(f"{path}: {name} differs")
    return 1 if wrong else 0


if __name__ == "__main__":
    command = {"save": save, "same": same}[sys.argv[1]]
    sys.exit(command(sys.argv[2], sys.argv[3]))
