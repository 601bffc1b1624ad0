#!/usr/bin/python3
"""Measures the fast PyTorch version of a model and prints one line of JSON:

    bench_torch.py --config MODEL/config.json --task train --batch 16 --length 256 --threads 2

train     whole steps: loss with the fine exit, gradients, optimizer; bf16 is autocast, weights f32.
prefill   the logits of a batch of sequences.
generate  bytes of --batch sequences, each by a full forward pass over the last max_seq_len symbols,
          as the original does it; the context is full from the first byte on. --length is not used.
"""

import argparse
import itertools
import json
import os
import resource
import sys
import sysconfig
import time


def use_fast_blas():
    """Starts this program again with Debian's OpenBLAS for OpenMP, where that is installed: with
    threads of its own OpenBLAS contends with PyTorch's. The allocator keeps what a step frees:
    new pages for every large tensor cost a step of training 7 % and a forward pass 20 %."""
    folder = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}/openblas-openmp"
    paths = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    if not os.path.isdir(folder) or folder in paths:
        return
    os.environ["LD_LIBRARY_PATH"] = ":".join([folder] + [path for path in paths if path])
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(1 << 30))
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(1 << 40))
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable] + sys.argv)


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", required=True, help="config.json of a model")
    parser.add_argument("--task", choices=("train", "generate", "prefill"), default="train")
    parser.add_argument("--batch", type=int, help="sequences; 16 for train, else 1")
    parser.add_argument("--length", type=int, help="bytes of each; default max_seq_len")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=10.0, help="to measure, after a warm-up")
    parser.add_argument("--dtype", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--optimizer", choices=("lion", "sgd", "adamw"), default="lion")
    parser.add_argument("--data", default=__file__, help="bytes to read; default this program")
    return parser.parse_args()


def main():
    arguments = parse()
    use_fast_blas()
    import torch_tasks  # only now: PyTorch loads its BLAS when it is imported

    task = torch_tasks.start(arguments)
    for _ in range(2):
        task.step()
    begin = time.perf_counter()
    for steps in itertools.count(1):
        loss = task.step()
        elapsed = time.perf_counter() - begin
        if elapsed >= arguments.seconds:
            break
    result = {
        "bytes_per_s": steps * task.bytes_per_step / elapsed,
        "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "steps": steps,
        "loss": loss,
        "torch": torch_tasks.torch.__version__,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
