#!/usr/bin/env python3
"""Makes pairs of all tasks of a corpus and looks at what it must give.

usage: pairs_bar.py AXL

The corpus is the folder that AXL_CORPUS names, or this Python's standard library without its tests.
At least 1,000 training pairs of docs, comment, fix, debug and refactor; no project on both sides;
every answer of fix parses. Ends with 77 where a part is missing.
"""
import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import warnings

LEAST = 1000
TASKS = ("docs", "comment", "fix", "debug", "refactor")


def corpus(folder):
    given = os.environ.get("AXL_CORPUS")
    if given:
        return given

    def unwanted(at, names):
        out = ("test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__")
        return [name for name in names if name in out or
                not (name.endswith(".py") or os.path.isdir(os.path.join(at, name)))]
    to = os.path.join(folder, "corpus")
    shutil.copytree(sysconfig.get_paths()["stdlib"], to, ignore=unwanted)
    return to


def rows_of(folder, task, name):
    with open(os.path.join(folder, task, name + ".jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(axl):
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "pairs")
        made = subprocess.run([axl, "data", "make", "all", "--from", corpus(folder), "--out", out,
                               "--offline", "--limit", str(LEAST), "--json"],
                              stdout=subprocess.PIPE, text=True)
        if made.returncode != 0:
            print("axl data make failed: %d" % made.returncode)
            return 1
        missing = [task for task in json.loads(made.stdout)["tasks"] if "missing" in task]
        if missing:
            print("skipped: " + missing[0]["missing"])
            return 77
        bad = 0
        for task in json.loads(made.stdout)["tasks"]:
            name = task["task"]
            train, held = rows_of(out, name, "train"), rows_of(out, name, "held")
            both = {row["project"] for row in train} & {row["project"] for row in held}
            few = name in TASKS and len(train) < LEAST
            print("%s: %d and %d pairs%s" % (name, len(train), len(held), ", too few" if few else ""))
            if both:
                print("  on both sides: " + ", ".join(sorted(both)))
            bad += bool(few or both or not held)
            if name != "fix":
                continue
            for row in train + held:
                try:
                    ast.parse(row["completion"])
                except SyntaxError as error:
                    print("  %s:%d: %s" % (row["path"], row["line"], error))
                    bad += 1
        return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
