#!/usr/bin/env python3
"""Writes the corpora of the readers of model files: fuzz/make_corpus.py [FOLDER]

One file for each class of fault; those named good_* are what a reader must take. The tests replay
them and demand that all others are refused.
"""
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import corpus_gguf  # noqa: E402
import corpus_torch  # noqa: E402


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "corpus"
    for name, cases in (("gguf", corpus_gguf.cases()), ("torch_pt", corpus_torch.cases()),
                        ("pickle", corpus_torch.texts())):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for case, data in cases.items():
            (folder / name / case).write_bytes(data)


main()
