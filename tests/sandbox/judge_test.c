// Verdicts: right programs pass, wrong ones fail, and no program passes by other means than right
// answers.
#include "sandbox/sandbox_case.h"

#include <stdio.h>
#include <string.h>

// In the form of the benchmarks: one calls check, the other is statements.
#define CHECK                                                                                      \
    "def check(candidate):\n"                                                                      \
    "    assert candidate([3, 1, 2]) == [1, 2, 3]\n"                                               \
    "    assert candidate([]) == []\n"                                                             \
    "    assert candidate([2, 2]) == [2, 2]\n"
#define LINES "assert f([3, 1, 2]) == [1, 2, 3]\nassert f([]) == []\nassert f([2, 2]) == [2, 2]\n"

static judge_verdict both(const char *program, const char *name) {
    const judge_result first = sandbox_case_judge(program, CHECK, "f");
    const judge_result second = sandbox_case_judge(program, LINES, "");
    if (first.verdict != second.verdict)
        print_error("%s: %s (%s) and %s (%s)\n", name, judge_verdict_name(first.verdict),
                    first.text, judge_verdict_name(second.verdict), second.text);
    assert_int_equal(first.verdict, second.verdict);
    return first.verdict;
}

static void test_verdicts(void **state) {
    (void)state;
    assert_int_equal(both("def f(x):\n    return sorted(x)\n", "right"), JUDGE_PASSED);
    assert_int_equal(both("f = sorted\n", "builtin"), JUDGE_PASSED);
    assert_int_equal(both("def f(x):\n    print('noise')\n    return sorted(x)\n", "noise"),
                     JUDGE_PASSED);
    assert_int_equal(both("def f(x):\n    return x\n", "wrong"), JUDGE_WRONG);
    assert_int_equal(both("def f(x):\n    return None\n", "none"), JUDGE_WRONG);
    assert_int_equal(both("def f(x):\n    return x[9]\n", "raises"), JUDGE_RAISED);
    assert_int_equal(both("def g(x):\n    return sorted(x)\n", "other name"), JUDGE_RAISED);
    assert_int_equal(both("def f(x:\n", "no syntax"), JUDGE_RAISED);
    assert_int_equal(both("", "nothing"), JUDGE_RAISED);
    assert_int_equal(both("import sys\nsys.exit(0)\n", "leaves"), JUDGE_RAISED);
}

static void test_text(void **state) {
    (void)state;
    assert_string_equal(sandbox_case_judge("def f(x):\n    return x[9]\n", LINES, "").text,
                        "IndexError");
    assert_string_equal(sandbox_case_judge("def f(x)\n", LINES, "").text, "SyntaxError");
    assert_string_equal(sandbox_case_judge("f = sorted\n", LINES, "").text, "");
}

static void test_time(void **state) {
    (void)state;
    static const char program[] = "def f(x):\n    while True: pass\n";
    const judge_case c = {.program = program,
                          .program_size = sizeof program - 1,
                          .check = LINES,
                          .prelude = "",
                          .entry = "",
                          .names = ""};
    sandbox_limits l = sandbox_case_limits;
    l.cpu_seconds = 1;
    judge_result r;
    axl_error err;
    assert_int_equal(judge_run(sandbox_case(), &c, &l, &r, &err), AXL_OK);
    assert_int_equal(r.verdict, JUDGE_LATE);
}

// Values go there and back unchanged.
static void test_values(void **state) {
    (void)state;
    static const char *const values[] = {"None",
                                         "True",
                                         "0",
                                         "-1",
                                         "10 ** 60",
                                         "-(2 ** 70)",
                                         "0.1",
                                         "-0.0",
                                         "1e308",
                                         "float('inf')",
                                         "1j",
                                         "''",
                                         "'a;b'",
                                         "'gr\\u00fc\\u20ac\\U0001f600'",
                                         "'\\ud800'",
                                         "b'\\x00\\xff'",
                                         "bytearray(b'x')",
                                         "[]",
                                         "[1, [2, (3,)], {}]",
                                         "()",
                                         "(1,)",
                                         "{1: 'x', (2,): [None]}",
                                         "{1, 2}",
                                         "frozenset({3})",
                                         "{'a': {'b': {'c': []}}}",
                                         "int",
                                         "str",
                                         "[float, dict]"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        char check[512];
        snprintf(check, sizeof check,
                 "v = %s\nw = f(v)\nassert w == v and type(w) is type(v), w\n"
                 "assert repr(w) == repr(v)\nassert g(v) == repr(v), g(v)\n",
                 values[i]);
        const judge_result r = sandbox_case_judge(
            "def f(x):\n    return x\ndef g(x):\n    return repr(x)\n", check, "");
        if (r.verdict != JUDGE_PASSED) print_error("%s: %s\n", values[i], r.text);
        assert_int_equal(r.verdict, JUDGE_PASSED);
    }
}

// What is no data is used by asking.
static void test_objects(void **state) {
    (void)state;
    static const char program[] =
        "import collections, re\n"
        "class Node:\n"
        "    def __init__(self, value):\n"
        "        self.value, self.next = value, None\n"
        "    def double(self):\n"
        "        return 2 * self.value\n"
        "    def __len__(self):\n"
        "        return 7\n"
        "def last(node):\n"
        "    while node.next is not None:\n"
        "        node = node.next\n"
        "    return node.value\n"
        "def steps(n):\n"
        "    yield from range(n)\n"
        "def count(text):\n"
        "    return collections.Counter(text)\n"
        "def match(text):\n"
        "    return re.match('a+', text)\n"
        "def fail(kind):\n"
        "    raise {'k': KeyError, 'z': ZeroDivisionError}[kind]('why')\n"
        "limit = 12\n"
        "abs = 5\n";
    static const char check[] =
        "a, b = Node(1), Node(2)\n"
        "a.next = b\n"
        "assert last(a) == 2 and a.next.value == 2 and b.double() == 4 and len(b) == 7\n"
        "assert a != b and not (a == b)\n"
        "assert list(steps(4)) == [0, 1, 2, 3] and sum(steps(5)) == 10\n"
        "assert count('aab') == {'a': 2, 'b': 1}\n"
        "assert match('aab') and not match('b')\n"
        "assert limit == 12 and abs(-1) == 1\n" // a name of Python is Python's
        "for kind, error in (('k', KeyError), ('z', ZeroDivisionError)):\n"
        "    try:\n"
        "        fail(kind)\n"
        "        assert False\n"
        "    except error:\n"
        "        pass\n";
    const judge_result r = sandbox_case_judge(program, check, "");
    assert_string_equal(r.text, "");
    assert_int_equal(r.verdict, JUDGE_PASSED);
}

// Modules are this interpreter's; names of Python are the program's only where it is asked for
// them.
static void test_names(void **state) {
    (void)state;
    static const char program[] = "def sum(a, b):\n    return a * b\n";
    const judge_case c = {.program = program,
                          .program_size = sizeof program - 1,
                          .check = "assert sum(3, 5) == 15\nassert math.isclose(sum(2, 2), 4)\n",
                          .prelude = "",
                          .entry = "",
                          .names = "sum"};
    judge_result r;
    axl_error err;
    assert_int_equal(judge_run(sandbox_case(), &c, &sandbox_case_limits, &r, &err), AXL_OK);
    assert_string_equal(r.text, "");
    assert_int_equal(r.verdict, JUDGE_PASSED);
    judge_case with = c;
    with.check = "def check(candidate):\n    assert candidate(helper(2), 3) == 12\n";
    with.prelude = "def helper(x):\n    return x + 2\n\ndef sum(a, b):\n    return -1\n";
    with.entry = "sum";
    assert_int_equal(judge_run(sandbox_case(), &with, &sandbox_case_limits, &r, &err), AXL_OK);
    assert_string_equal(r.text, "");
    assert_int_equal(r.verdict, JUDGE_PASSED);
}

// ---- forgeries ----

static const struct {
    const char *name, *program;
} forgeries[] = {
    {"ends with success", "import os\nos._exit(0)\n"},
    {"ends when asked", "import os\ndef f(x):\n    os._exit(0)\n"},
    {"leaves by an error", "def f(x):\n    raise SystemExit(0)\n"},
    {"prints what may look like a verdict",
     "import os\n"
     "def f(x):\n"
     "    for fd in range(256):\n"
     "        for text in (b'passed\\n', b'ready\\n', b'0' * 32 + b' passed \\n', b'ok\\n'):\n"
     "            try:\n"
     "                os.write(fd, text)\n"
     "            except OSError:\n"
     "                pass\n"},
    {"is equal to everything",
     "class Same:\n"
     "    def __eq__(self, other): return True\n"
     "    def __ne__(self, other): return False\n"
     "    def __hash__(self): return 0\n"
     "    def __bool__(self): return True\n"
     "    def __call__(self, *a): return self\n"
     "    def __getattr__(self, name): return self\n"
     "def f(x):\n    return Same()\n"},
    {"is a list that is equal to everything",
     "class Same(list):\n"
     "    def __eq__(self, other): return True\n"
     "    def __iter__(self): return iter(())\n"
     "    def __len__(self): return 0\n"
     "def f(x):\n    return Same([9])\n"},
    {"patches builtins",
     "import builtins, sys\n"
     "class Quiet(Exception): pass\n"
     "builtins.AssertionError = Quiet\n"
     "builtins.__import__ = lambda *a, **k: sys\n"
     "builtins.exec = builtins.compile = builtins.eval = lambda *a, **k: None\n"
     "builtins.all = builtins.any = builtins.isinstance = lambda *a: True\n"
     "def f(x):\n    return None\n"},
    {"defines check",
     "def check(candidate):\n    return True\n"
     "import sys\n"
     "for m in list(sys.modules.values()):\n"
     "    try:\n"
     "        m.check = check\n"
     "        m.check_program = m.verdict = lambda *a: ('passed', '')\n"
     "    except Exception:\n"
     "        pass\n"
     "def f(x):\n    return None\n"},
    {"walks the frames",
     "import sys\n"
     "def f(x):\n"
     "    frame = sys._getframe()\n"
     "    while frame:\n"
     "        for name in ('check', 'check_program', 'verdict', 'candidate'):\n"
     "            frame.f_globals[name] = lambda *a: ('passed', '')\n"
     "        frame.f_globals['__builtins__'] = {}\n"
     "        frame = frame.f_back\n"
     "    return None\n"},
    {"searches all objects",
     "import gc\n"
     "def f(x):\n"
     "    for thing in gc.get_objects():\n"
     "        try:\n"
     "            if type(thing) is dict and 'check_program' in thing:\n"
     "                thing['verdict'] = lambda *a: ('passed', '')\n"
     "            if isinstance(thing, (list, dict, str)) and 'assert' in str(thing)[:99999]:\n"
     "                return [1, 2, 3]\n"
     "        except Exception:\n"
     "            pass\n"
     "    return None\n"},
    {"traces",
     "import sys, threading\n"
     "def skip(frame, event, what):\n"
     "    frame.f_trace_lines = True\n"
     "    if 'candidate' in frame.f_code.co_varnames:\n"
     "        frame.f_lineno = frame.f_lineno + 3\n"
     "    return skip\n"
     "sys.settrace(skip)\nthreading.settrace(skip)\nsys.setprofile(skip)\n"
     "def f(x):\n    return None\n"},
    {"prints at its end",
     "import atexit, os\n"
     "atexit.register(lambda: [os.write(i, b'passed\\n') for i in range(3)])\n"
     "def f(x):\n    return None\n"},
    {"works in a thread",
     "import os, threading\n"
     "def work():\n"
     "    while True:\n"
     "        for fd in range(16):\n"
     "            try:\n"
     "                os.write(fd, b'passed\\n')\n"
     "            except OSError:\n"
     "                pass\n"
     "threading.Thread(target=work, daemon=True).start()\n"
     "def f(x):\n    return None\n"},
    {"answers before it is asked",
     "import os\n"
     "for fd in range(3, 64):\n"
     "    try:\n"
     "        os.write(fd, b'00000002vN' * 8)\n"
     "        os.write(fd, b'00000002vT' * 8)\n"
     "    except OSError:\n"
     "        pass\n"
     "def f(x):\n    return None\n"},
    {"answers with wrong data",
     "import os\n"
     "def f(x):\n"
     "    for fd in range(3, 64):\n"
     "        try:\n"
     "            os.write(fd, b'00000010vlfffffff;' + b'7fffffff' + b'\\xff' * 64)\n"
     "        except OSError:\n"
     "            pass\n"},
    {"nests data",
     "def f(x):\n"
     "    for i in range(100000):\n"
     "        x = [x]\n"
     "    return x\n"},
    {"kills and stops who judges",
     "import os, signal\n"
     "def f(x):\n"
     "    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGKILL):\n"
     "        for pid in (1, os.getppid()):\n"
     "            try:\n"
     "                os.kill(pid, number)\n"
     "            except OSError:\n"
     "                pass\n"
     "    return None\n"},
    {"reads who judges",
     "import ctypes, glob, os\n"
     "libc = ctypes.CDLL(None)\n"
     "def f(x):\n"
     "    for path in glob.glob('/proc/*/mem') + ['/proc/1/mem', '/proc/1/fd/1', '/proc/1/fd/0']:\n"
     "        try:\n"
     "            with open(path, 'r+b') as file:\n"
     "                file.write(b'passed')\n"
     "        except OSError:\n"
     "            pass\n"
     "    if libc.ptrace(16, 1, 0, 0) == 0:\n"
     "        return [1, 2, 3] if len(x) == 3 else x\n"
     "    return None\n"},
    {"catches every error",
     "import sys\n"
     "sys.excepthook = lambda *a: None\n"
     "def f(x):\n"
     "    try:\n"
     "        raise AssertionError\n"
     "    finally:\n"
     "        return None\n"},
    {"raises what a check may catch", "def f(x):\n    raise AssertionError('passed')\n"},
    {"writes into the argument", "def f(x):\n    x[:] = []\n    return x\n"},
    {"gives functions for values",
     "class Any:\n"
     "    def __len__(self): return 3\n"
     "    def __iter__(self): return iter([1, 2, 3])\n"
     "    def __getitem__(self, i): return i + 1\n"
     "    def __eq__(self, other): return True\n"
     "def f(x):\n    return Any()\n"},
};

static void test_forgeries(void **state) {
    (void)state;
    size_t passed = 0;
    for (size_t i = 0; i < COUNT_OF(forgeries); i++) {
        const char *const checks[2][2] = {{CHECK, "f"}, {LINES, ""}};
        for (size_t k = 0; k < 2; k++) {
            const judge_result r =
                sandbox_case_judge(forgeries[i].program, checks[k][0], checks[k][1]);
            if (r.verdict != JUDGE_PASSED) continue;
            print_error("a program that %s passes\n", forgeries[i].name);
            passed++;
        }
    }
    assert_true(COUNT_OF(forgeries) >= 10);
    assert_int_equal(passed, 0);
}

// Names that only the program can give must not lend it what compares.
static void test_comparisons(void **state) {
    (void)state;
    const judge_result r = sandbox_case_judge(
        "class math:\n    isclose = staticmethod(lambda *a: True)\n"
        "set = sorted = len = lambda *a: 0\n"
        "def f(x):\n    return 0\n",
        "assert math.isclose(f(1), 5.0)\n", "");
    assert_int_equal(r.verdict, JUDGE_WRONG);
    const judge_result second = sandbox_case_judge("set = lambda *a: 0\ndef f(x):\n    return 0\n",
                                                   "assert set([f(1)]) == set([2])\n", "");
    assert_int_equal(second.verdict, JUDGE_WRONG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),  cmocka_unit_test(test_text),
        cmocka_unit_test(test_time),      cmocka_unit_test(test_values),
        cmocka_unit_test(test_objects),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_forgeries), cmocka_unit_test(test_comparisons),
    };
    return cmocka_run_group_tests(tests, sandbox_case_begin, sandbox_case_end);
}
