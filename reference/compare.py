#!/usr/bin/python3
"""Compares logits with the specification's, in float64: compare.py MODEL_DIR FILE LOGITS.bin

LOGITS.bin is what `axl eval logits MODEL_DIR FILE --out LOGITS.bin` writes: T rows of V f32
numbers, little-endian. BOS goes in first, then the bytes of FILE, so T is one more than there are
bytes; where that is more than the context, the window slides. Prints the largest difference, and it
over the root mean square of the specification's logits. Exit 1 where the latter is over the bound,
2 where the files cannot be compared.
"""

import argparse
import sys
from array import array

from axl_reference import BOS, Reference, torch
from axl_window import window_logits
from model_files import read_model


def read_ids(path):
    with open(path, "rb") as file:
        return [BOS] + list(file.read())


def read_logits(path, rows, symbols):
    with open(path, "rb") as file:
        data = file.read()
    if len(data) != 4 * rows * symbols:
        raise ValueError(f"{path}: {len(data)} bytes, must be 4 * {rows} * {symbols}")
    numbers = array("f")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return torch.tensor(numbers).double().reshape(rows, symbols)


def expected_logits(config, parameters, ids):
    """[T, V] of a sequence of any length."""
    if len(ids) > config["max_seq_len"]:
        return window_logits(config, parameters, ids)
    return Reference(config, parameters).forward(torch.tensor([ids]))[0][0]


def compare(arguments):
    """-> whether the difference is within the bound; a NaN is not."""
    config, parameters = read_model(arguments.model)
    ids = read_ids(arguments.file)
    theirs = read_logits(arguments.logits, len(ids), config["vocab_size"])
    expected = expected_logits(config, parameters, ids)
    difference = (theirs - expected).abs().max().item()
    relative = difference / expected.square().mean().sqrt().item()
    within = relative <= arguments.bound
    print(
        f"{arguments.model}: T {len(ids)} of {config['max_seq_len']}, max error {difference:.3g}, "
        f"relative {relative:.3g}, bound {arguments.bound:g}{'' if within else ': FAILED'}"
    )
    return within


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="model directory")
    parser.add_argument("file", help="the bytes that went in")
    parser.add_argument("logits", help="T x V little-endian f32")
    parser.add_argument("--bound", type=float, default=1e-4, help="of the relative difference")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    try:
        within = compare(arguments)
    except (OSError, ValueError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
