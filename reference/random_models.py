#!/usr/bin/python3
"""Writes small models of odd shapes for a live comparison: random_models.py N OUT [--seed S]

OUT/000/, OUT/001/, .. are model directories with one more file, input.bin: the bytes to feed. They
are random, not always text, sometimes none. Every third model is stored in BF16, and every fourth
input is longer than the context.
"""

import argparse
import os
import random

from axl_reference import complete_config, torch
from model_files import random_parameters, write_model


def random_config(numbers):
    heads = numbers.choice((1, 1, 2, 2, 3, 4, 5))
    return complete_config(
        {
            "vocab_size": numbers.choice((258, 264)),
            "d_model": heads * 2 * numbers.randint(1, 18),
            "n_heads": heads,
            "d_ff": numbers.randint(1, 90),
            "n_layers_per_scale": numbers.randint(1, 3),
            "n_cross_attn_layers": numbers.choice((0, 1, 1, 1, 2)),
            "max_seq_len": 4 * numbers.randint(1, 24),
            "rope_theta": numbers.choice((10000.0, 10000.0, 100.0, 500000.0)),
            "norm_eps": numbers.choice((1e-5, 1e-5, 1e-6, 1e-3)),
        }
    )


def make_model(folder, index, seed):
    numbers = random.Random(f"{seed} {index}")
    config = random_config(numbers)
    parameters = random_parameters(config, f"{seed} {index}")
    if index % 3 == 2:
        parameters = {name: tensor.bfloat16() for name, tensor in parameters.items()}
    write_model(folder, config, parameters)
    context = config["max_seq_len"]
    length = numbers.randint(0, context - 1)  # BOS takes one place
    if index % 4 == 3:
        length = numbers.randint(context, 3 * context)
    with open(os.path.join(folder, "input.bin"), "wb") as file:
        file.write(numbers.randbytes(length))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="how many")
    parser.add_argument("out", help="folder to write into")
    parser.add_argument("--seed", default="1", help="the same seed gives the same bytes")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for index in range(arguments.count):
        make_model(os.path.join(arguments.out, f"{index:03}"), index, arguments.seed)


if __name__ == "__main__":
    main()
