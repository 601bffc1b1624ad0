#!/usr/bin/env python3
"""Runs the translations that axl data make makes, beside the Python that they are made of.

usage: translate_truth.py AXL

Functions written here and some hundred of the grammar are translated; each is called with ten
arguments in Python, by node and as C, and the results and the lists that were given are compared.
A call does not count in which Python raises something or a number leaves the stated range. Ends
with 77 where a part is missing.
"""
import ast
import collections
import copy
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

CALLS = 10
TRIES = 400
STEPS = 20000
LARGEST = 1 << 52
FILES = 45  # each gives rise to four functions of the grammar

SOURCE = '''
def gcd(a, b):
    """Return the greatest common divisor.

    It has the sign of b.
    """
    while b:
        a, b = b, a % b
    return a

def order(xs):
    # The smallest comes first.
    for i in range(len(xs)):
        for j in range(i + 1, len(xs)):
            if xs[j] < xs[i]:  # not in order
                xs[i], xs[j] = xs[j], xs[i]

def divide(a, b):
    return (a // b) * 100 + a % b - -a // 3 % 5

def power(a, n):
    if n <= 0:
        return 1
    half = power(a, n // 2) % 1009
    return half * half * (a if n % 2 else 1) % 1009

def signs(a, b, c):
    return not (a < b < c or a == c and not b) and a - (b - c) != a - b - c

def bits(a, b):
    return (a & 7) + (b & 1) * 2 + (a >> 2) + (b << 3) - 2 ** 3

def masks(a, b):
    return a & b | ~a ^ (b | 5)

def ends(xs, i):
    return xs[-1] * 3 - xs[i] + xs[0] * xs[i - 1]

def set_it(xs, i, v):
    xs[i] += v
    xs[-1] //= 2
    xs[i] %= 7
    return xs[i] > v

def grow(n):
    out = [1, 2]
    for i in range(n):
        out.append(out[-1] + out[i])
        out[i] -= i
    return out

def shrink(xs):
    total = 0
    while xs:
        total = total * 2 - xs.pop()
    return total

def bound(n):
    count = 0
    for i in range(n):
        n -= 2
        count += n
    return count

def longer(xs):
    for i in range(len(xs)):
        xs.append(xs[i] - 1)
    return len(xs)

def slices(xs, a, b):
    return xs[a:b] + xs[:a] + xs[b:] + xs[::-1] + [a, -b] + [b] * 2 + [0] * a

def known(xs, a):
    if a not in xs and -a in xs:
        return xs.index(-a)
    return max(a, len(xs), 3) - min(xs[0], a + 1, -4) if xs else abs(a)

def totals(xs):
    return sum(xs) + max(xs) * min(xs) + sorted(xs)[0]

def down(n, xs):
    best = found = 0
    return best + n

def down_by(n, xs):
    best = 0
    for i in range(n, -3, -2):
        best = best * 3 + i
        if best > 1000:
            break
    else_ = best
    for i, x in enumerate(xs):
        if x == i:
            continue
        best += x * i
    return best - else_

def late(n):
    if n > 3:
        a, b = n, 2
    elif n < -3:
        a = b = 1
    return n

def later(n):
    if n > 3:
        a = n * 2
    elif n < -3:
        a = -n
    else:
        # nothing
        a = 0
    found = False
    while True:
        a -= 3
        if a < 0:
            found = not found
            if found:
                return a
        if a > 100: return 1

def scale(value: int, up: bool = False) -> int:
    return value

def optional(a, b=-2, c=10):
    return a * b - c ** 2 + optional(a - 1, b) % 13 if a > 0 else c

def copies(xs):
    ys = list(xs)
    ys.sort()
    ys.reverse()
    ys.extend(xs.copy())
    return ys
'''
TRANSLATED = """gcd order divide power signs bits masks ends set_it grow shrink bound longer slices known
    totals down_by later optional copies""".split()


class Refused(Exception):
    pass


class Checked(ast.NodeTransformer):
    """Every number that is computed is looked at, every round of a loop counted."""

    def look(self, node):
        return ast.copy_location(ast.Call(ast.Name("look_", ast.Load()), [node], []), node)

    def visit_BinOp(self, node):
        return self.look(self.generic_visit(node))

    def visit_UnaryOp(self, node):
        node = self.generic_visit(node)
        return node if isinstance(node.op, ast.Not) else self.look(node)

    def visit_AugAssign(self, node):
        node = self.generic_visit(node)
        read = copy.deepcopy(node.target)
        read.ctx = ast.Load()
        value = self.look(ast.copy_location(ast.BinOp(read, node.op, node.value), node))
        return ast.copy_location(ast.Assign([node.target], value), node)

    def count(self, node):
        node = self.generic_visit(node)
        node.body.insert(0, ast.copy_location(
            ast.Expr(ast.Call(ast.Name("step_", ast.Load()), [], [])), node.body[0]))
        return node

    visit_For = visit_While = visit_FunctionDef = count


def load(code):
    steps = [0]

    def look(value):
        if isinstance(value, list):
            if len(value) > 200:
                raise Refused
        elif type(value) is not int or abs(value) > LARGEST:
            raise Refused
        return value

    def step():
        steps[0] += 1
        if steps[0] > STEPS:
            raise Refused

    tree = ast.fix_missing_locations(Checked().visit(ast.parse(code)))
    scope = {"look_": look, "step_": step}
    exec(compile(tree, "function", "exec"), scope)
    function = scope[tree.body[0].name]

    def call(args):
        steps[0] = 0
        args = copy.deepcopy(args)
        result = function(*args)
        if isinstance(result, bool):
            result = int(result)
        if not isinstance(result, (int, list, type(None))):
            raise Refused
        return [result, [arg for arg in args if isinstance(arg, list)]]

    return function.__name__, function.__code__.co_argcount, call


def arguments(dice, kinds):
    def number():
        return dice.choice((dice.randint(0, 9), dice.randint(-20, 20), dice.randint(-300, 300)))
    return [number() if kind == "n" else [number() for _ in range(dice.randint(0, 6))]
            for kind in kinds]


def calls_of(code, dice):
    """Ten calls and what they give; as few of the arguments as can be are lists."""
    _, count, call = load(code)
    best = []
    for lists in range(count + 1):
        for places in itertools.combinations(range(count), lists):
            kinds = ["l" if i in places else "n" for i in range(count)]
            done = []
            for attempt in range(TRIES):
                args = arguments(dice, kinds)
                try:
                    done.append((args, call(args)))
                except (Exception, RecursionError):
                    pass
                if len(done) == CALLS:
                    return done
                if attempt == 40 and not done:
                    break
            best = max(best, done, key=len)
    return best


def javascript(pairs):
    text = ["const out = [];"]
    for answer, name, calls in pairs:
        text.append("{ const f = (() => {%s\nreturn %s; })();" % (answer, name))
        for args, _ in calls:
            text.append("{ const args = %s; const r = f(...args);" % json.dumps(args) +
                        "out.push([typeof r === 'boolean' ? Number(r) : r ?? null,"
                        " args.filter(Array.isArray)]); }")
        text.append("}")
    text.append("console.log(JSON.stringify(out));")
    return "\n".join(text)


def c_call(name, number, args, void):
    before, given, after = [], [], []
    for i, arg in enumerate(args):
        if isinstance(arg, list):
            before.append("int64_t l%d[] = {%s};" % (i, ", ".join(map(str, arg + [0]))))
            given += ["l%d" % i, str(len(arg))]
            after.append("list(l%d, %d, %d);" % (i, len(arg), not after))
        else:
            given.append(str(arg))
    call = "f%d(%s)" % (number, ", ".join(given))
    shown = call + '; printf("[null");' if void else 'printf("[%lld", (long long)' + call + ");"
    return '{ %s %s printf(", ["); %s puts("]],"); }' % (" ".join(before), shown, " ".join(after))


def in_c(pairs):
    parts = ["#include <stdio.h>\n#include <stdint.h>"]
    main = []
    for number, (answer, name, calls) in enumerate(pairs):
        own = [name, "floor_div", "floor_mod", "smaller", "larger"]
        parts += ["#define %s %s%d" % (word, "f" if word == name else word, number) for word in own]
        parts.append(answer)
        parts += ["#undef " + word for word in own]
        void = re.search(r"^void ", answer, re.M)
        main += [c_call(name, number, args, void) for args, _ in calls]
    parts.append("static void list(const int64_t *at, int count, int first) {\n"
                 '    if (!first) printf(", ");\n    putchar(91);\n'
                 "    for (int i = 0; i < count; i++)\n"
                 '        printf("%s%lld", i ? ", " : "", (long long)at[i]);\n    putchar(93);\n}')
    parts.append('int main(void) {\nputs("[");\n%s\nputs("null]");\n}' % "\n".join(main))
    return "\n".join(parts)


def run(words, **more):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def outputs(language, pairs, folder):
    if language == "javascript":
        path = os.path.join(folder, "pairs.js")
        with open(path, "w") as file:
            file.write(javascript(pairs))
        return json.loads(run(["node", path]))
    path = os.path.join(folder, "pairs.c")
    with open(path, "w") as file:
        file.write(in_c(pairs))
    program = os.path.join(folder, "pairs")
    run(["cc", "-std=c11", "-Wall", "-Werror", "-Wno-unused-variable",
         "-Wno-unused-but-set-variable", "-ftrapv", path, "-o", program])
    return json.loads(run([program]))[:-1]


def read_pairs(axl, folder):
    code = os.path.join(folder, "code")
    for i in range(FILES):
        os.makedirs(os.path.join(code, "p%d" % i))
        with open(os.path.join(code, "p%d" % i, "m.py"), "w") as file:
            file.write(SOURCE if i == 0 else "x%d = %d\n" % (i, i))
    out = os.path.join(folder, "out")
    run([axl, "data", "make", "translate", "--from", code, "--out", out, "--seed", "3"])
    rows = []
    for name in ("train", "held"):
        with open(os.path.join(out, "translate", name + ".jsonl")) as file:
            rows.append([json.loads(line) for line in file])
    codes = [{code_of(row) for row in part} for part in rows]
    assert not codes[0] & codes[1], "a function is in both sets"
    return rows[0] + rows[1]


def code_of(row):
    return re.fullmatch(r"Translate:\n(.*)Language: (?:C|JavaScript)\nResult:", row["prompt"],
                        re.S).group(1)


def main(axl):
    for need in ("node", "cc"):
        if not shutil.which(need):
            print("skipped: there is no " + need)
            return 77
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        rows = read_pairs(axl, folder)
        groups = collections.defaultdict(list)
        real = set()
        for row in rows:
            name = load(code_of(row))[0]
            calls = calls_of(code_of(row), random.Random(dice.random()))
            if not row["kind"].endswith("_made"):
                real.add(name)
                assert len(calls) == CALLS, name + " cannot be called"
            groups[row["kind"].split("_")[0]].append((row["completion"], name, calls))
        assert real == set(TRANSLATED), real ^ set(TRANSLATED)
        wrong = 0
        for language, pairs in groups.items():
            called = [pair for pair in pairs if len(pair[2]) == CALLS]
            found = iter(outputs(language, called, folder))
            for answer, name, calls in called:
                for args, wanted in calls:
                    given = next(found)
                    if given != wanted:
                        print("%s%s: %s, not %s\n%s" % (name, args, given, wanted, answer))
                        wrong += 1
            print("%s: %d functions, %d calls" % (language, len(called), CALLS * len(called)))
            assert len(called) >= 100 and len(called) >= 0.9 * len(pairs), "too few are called"
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
