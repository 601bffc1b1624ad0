#!/usr/bin/python3
"""Writes models with their inputs, logits, losses and gradients: make_golden.py OUT

OUT/NAME/ gets config.json, model.safetensors and case.safetensors (tests/golden/README.md lists its
tensors). The cases of tests/golden are small, because they are kept. Three other sets are for tests
to make when they run: --wide has shapes that fill vector registers and leave a rest, --window is
longer than its context, and --micro is a model that people train.
"""

import argparse
import os
import random

import safetensors_file
from axl_reference import (
    BOS,
    EOS,
    IGNORED,
    Reference,
    complete_config,
    cross_entropy,
    torch,
    training_loss,
)
from axl_window import window_logits
from model_files import initial, random_parameters, strong, write_model

SEED = 20240517

# Name: (sequences, bytes, share of targets that are ignored, fields that are not the default).
SMALL = {
    "one_byte": (1, 1, 0, {"d_model": 6, "n_heads": 3, "d_ff": 5, "fine_exit": 0.25}),
    "no_cross": (
        1,
        3,
        0,
        {"d_model": 8, "n_heads": 2, "d_ff": 9, "n_cross_attn_layers": 0, "fine_exit": 0.0},
    ),
    "batch_ignored": (
        2,
        7,
        0.4,
        {"d_model": 4, "n_heads": 2, "d_ff": 5, "n_layers_per_scale": 2, "vocab_size": 264},
    ),
    "two_rounds": (
        1,
        13,
        0,
        {"d_model": 4, "n_heads": 1, "d_ff": 3, "n_cross_attn_layers": 2, "norm_eps": 1e-2},
    ),
    "full_groups": (1, 32, 0, {"d_model": 4, "n_heads": 1, "d_ff": 7, "rope_theta": 100.0}),
}
WIDE = {
    "wide_one_byte": (1, 1, 0, {"d_model": 6, "n_heads": 1, "d_ff": 5}),
    "wide_three_bytes": (1, 3, 0, {"d_model": 8, "n_heads": 2, "d_ff": 9}),
    "wide_batch": (2, 7, 0, {"d_model": 12, "n_heads": 3, "d_ff": 10, "n_layers_per_scale": 2}),
    "wide_rounds": (
        1,
        13,
        0,
        {"d_model": 20, "n_heads": 2, "d_ff": 17, "n_cross_attn_layers": 2},
    ),
    "wide_groups": (2, 32, 0, {"d_model": 16, "n_heads": 4, "d_ff": 24, "n_layers_per_scale": 2}),
    "wide_no_cross": (
        3,
        18,
        0,
        {"d_model": 36, "n_heads": 2, "d_ff": 33, "n_cross_attn_layers": 0, "vocab_size": 264},
    ),
    "wide_ignored": (3, 21, 0.5, {"d_model": 34, "n_heads": 1, "d_ff": 50, "vocab_size": 264}),
}
MICRO = {"micro": (1, 48, 0, {"d_model": 256, "n_heads": 4, "d_ff": 688, "n_layers_per_scale": 3})}

# Cases that are longer than their context, three times over. Name: (max_seq_len, other fields).
SMALL_WINDOW = {
    "window": (8, {"d_model": 4, "n_heads": 1, "d_ff": 3, "n_layers_per_scale": 2}),
}
WINDOW = {
    "window_of_a_group": (4, {"d_model": 12, "n_heads": 2, "d_ff": 10, "n_layers_per_scale": 1}),
    "window_without_cross": (
        16,
        {"d_model": 20, "n_heads": 5, "d_ff": 17, "n_layers_per_scale": 2}
        | {"n_cross_attn_layers": 0},
    ),
    "window_of_rounds": (
        36,
        {"d_model": 36, "n_heads": 2, "d_ff": 33, "n_layers_per_scale": 2}
        | {"n_cross_attn_layers": 2, "rope_theta": 100.0},
    ),
}


def case_config(fields, length):
    fixed = {"n_layers_per_scale": 1, "max_seq_len": max(4, (length + 3) // 4 * 4)}
    return complete_config({**fixed, **fields})


def case_symbols(name, case, vocab_size):
    """-> ids, targets, both [B, T]: the target of a symbol is the next one or ignored."""
    batch, length, ignored, _ = case
    numbers = random.Random(f"{SEED} {name} symbols")
    rows = [[numbers.randrange(vocab_size) for _ in range(length + 1)] for _ in range(batch)]
    for row in rows:
        row[0], row[length] = BOS, EOS
    targets = [[IGNORED if numbers.random() < ignored else x for x in row[1:]] for row in rows]
    return torch.tensor([row[:-1] for row in rows]), torch.tensor(targets)


def scalar(value):
    """F64 [1], in steps of 2^-40: sums differ in the last bits from one BLAS to another."""
    return (value.detach().reshape(1) * 2.0**40).round() / 2.0**40


def make_case(folder, name, case, spread=strong):
    config = case_config(case[3], case[1])
    weights = random_parameters(config, f"{SEED} {name}", spread)
    ids, targets = case_symbols(name, case, config["vocab_size"])
    p = {n: w.double().requires_grad_() for n, w in weights.items()}
    logits, exit_logits = Reference(config, p).forward(ids)
    total = training_loss(logits, exit_logits, targets, config["fine_exit"])
    grads = torch.autograd.grad(total, list(p.values()), allow_unused=True)
    tensors = {
        "ids": ids.int(),
        "targets": targets.int(),
        "logits": logits.float(),
        "exit_logits": exit_logits.float(),
        "loss": scalar(cross_entropy(logits, targets)),
        "exit_loss": scalar(cross_entropy(exit_logits, targets)),
        "training_loss": scalar(total),
    }
    for (n, w), g in zip(p.items(), grads):
        tensors["grad." + n] = (torch.zeros_like(w) if g is None else g).float()
    write_model(os.path.join(folder, name), config, weights)
    safetensors_file.write(os.path.join(folder, name, "case.safetensors"), tensors)


def make_window_case(folder, name, case):
    """The logits only: nothing is trained past the context."""
    window, fields = case
    config = complete_config({"max_seq_len": window, **fields})
    weights = random_parameters(config, f"{SEED} {name}")
    ids, _ = case_symbols(name, (1, 3 * window + 5, 0, fields), config["vocab_size"])
    with torch.no_grad():
        p = {n: w.double() for n, w in weights.items()}
        logits = window_logits(config, p, ids[0].tolist())
    tensors = {"ids": ids.int(), "logits": logits[None].float()}
    write_model(os.path.join(folder, name), config, weights)
    safetensors_file.write(os.path.join(folder, name, "case.safetensors"), tensors)


# Set -> cases with gradients, cases past the context. Strong weights would make Micro so sure of
# itself (a loss of 34 nats) that what bf16 rounds off grows on the way through it.
SETS = {
    "small": (SMALL, SMALL_WINDOW),
    "wide": (WIDE, {}),
    "micro": (MICRO, {}),
    "window": ({}, WINDOW),
}


def make_set(folder, name):
    cases, windows = SETS[name]
    for case in cases.items():
        make_case(folder, *case, initial if name == "micro" else strong)
    for case in windows.items():
        make_window_case(folder, *case)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", help="folder for the cases")
    which = parser.add_mutually_exclusive_group()
    for name in SETS:
        text = "the cases of tests/golden; the default" if name == "small" else "these instead"
        which.add_argument(f"--{name}", dest="set", action="store_const", const=name, help=text)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    make_set(arguments.out, arguments.set or "small")


if __name__ == "__main__":
    main()
