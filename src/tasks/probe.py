# Runs pieces of programs and tells what happened. This text, a call of main() behind it, is one
# program in the sandbox. It says nothing by itself: what it finds about a case goes out as soon as
# it is there, as "COUNT SIZE SIZE ...\n" and the texts behind it. So a case that ends the
# interpreter, or waits for ever, takes no answer of those before it along.
#
# Nothing here depends on time: what runs for ever is stopped by the number of its lines.
import ast
import copy
import posix
import sys

STEPS_MAX = 5000     # lines of a program
TRACE_MAX = 40       # lines of a trace
VALUE_MAX = 40       # characters of a value
NUMBER_MAX = 1 << 40  # of results: what is larger is no good exercise
EXAMPLES = 4         # assertions of a function


class Endless(BaseException):
    pass


def limited(step=None):
    """A tracer that ends what runs for too long; step(frame) sees the lines of the program."""
    left = STEPS_MAX

    def trace(frame, event, arg):
        nonlocal left
        left -= 1
        if left < 0:
            raise Endless
        if step and frame.f_code.co_filename == "program.py":
            step(frame, event, arg)
        return trace
    return trace


def call(function, args, step=None):
    sys.settrace(limited(step))
    try:
        return function(*args)
    finally:
        sys.settrace(None)


def load(text, scope):
    exec(compile(text, "program.py", "exec", dont_inherit=True), scope)
    return scope


# ---- any program, among things that take everything ----

class Anything:
    """Stands for what a function uses and does not have here."""

    def __init__(self, *args, **more):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __iter__(self):
        return iter((Anything(), Anything()))

    def __call__(self, *args, **more):
        return Anything()

    def __setattr__(self, name, value):
        pass

    def __getitem__(self, key):
        return Anything()

    def __setitem__(self, key, value):
        pass

    def __contains__(self, item):
        return True

    def __enter__(self):
        return Anything()

    def __exit__(self, *error):
        return False

    def __len__(self):
        return 2

    def __index__(self):
        return 2

    def __str__(self):
        return "anything"

    def __format__(self, form):
        return "anything"

    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return True

    __hash__ = object.__hash__
    __repr__ = __str__
    __gt__ = __le__ = __ge__ = __lt__
    __int__ = __index__

    def __add__(self, other):
        return self

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __and__ = __add__
    __or__ = __ror__ = __floordiv__ = __truediv__ = __lshift__ = __rshift__ = __xor__ = __add__
    __rand__ = __neg__ = lambda self, other=None: self


def names_of(code):
    names = set(code.co_names) | set(code.co_freevars)
    for constant in code.co_consts:
        if type(constant) is type(code):
            names |= names_of(constant)
    return names


def run_among_anything(text, names, name):
    """The error that running a function raises, or None. names: what the function may use."""
    builtins = vars(sys.modules["builtins"])
    scope = {each: Anything() for each in names if each not in builtins and each != name}
    scope["open"] = scope["input"] = scope["print"] = scope["exit"] = Anything()
    try:
        function = load(text, scope)[name]
        code = function.__code__
        call(function, [Anything() for _ in range(code.co_argcount)])
    except Exception as error:
        return error
    return None


def last_line(error):
    line, at = 0, error.__traceback__
    while at:
        if at.tb_frame.f_code.co_filename == "program.py":
            line = at.tb_lineno
        at = at.tb_next
    return line


def debug(good, bad, name):
    """What Python says about the bad one: the error's name, its text, the line that it names."""
    try:
        code = compile(bad, "program.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        return type(error).__name__, error.msg, str(error.lineno or 0)
    except ValueError:
        return ()
    names = sorted(names_of(compile(good, "program.py", "exec", dont_inherit=True)))
    if run_among_anything(good, names, name) is not None:
        return ()
    error = run_among_anything(bad, names, name)
    if error is None or "nything" in str(error):
        return ()
    return type(error).__name__, str(error), str(last_line(error))


# ---- pure functions ----

PURE = set("abs all any bin bool chr divmod enumerate filter float hex int isinstance len list map "
           "max min oct ord pow range repr reversed round sorted str sum tuple zip dict True False "
           "None ValueError TypeError IndexError KeyError ZeroDivisionError Exception".split())
METHODS = set("append capitalize casefold center copy count endswith extend find format get index "
              "insert isalnum isalpha isdigit isidentifier islower isspace istitle isupper items "
              "join keys ljust lower lstrip partition pop remove replace reverse rfind rindex rjust "
              "rpartition rsplit rstrip setdefault sort split splitlines startswith strip swapcase "
              "title translate update upper values zfill bit_length is_integer".split())


def is_pure(function):
    """Whether the function depends on its arguments alone, as far as its text tells."""
    if function.decorator_list or not isinstance(function, ast.FunctionDef):
        return False
    bound = {node.id for node in ast.walk(function)
             if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    returns = False
    for node in ast.walk(function):
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Yield, ast.Set,
                             ast.YieldFrom, ast.Await, ast.ClassDef, ast.With, ast.SetComp)):
            return False
        if isinstance(node, ast.Attribute) and (node.attr not in METHODS
                                                or not isinstance(node.ctx, ast.Load)):
            return False
        if isinstance(node, ast.Name) and node.id not in bound | PURE | {function.name}:
            return False
        if isinstance(node, (ast.FunctionDef, ast.Lambda)) and node is not function:
            return False
        returns |= isinstance(node, ast.Return) and node.value is not None
    return returns


def is_data(value, depth=0):
    kind = type(value)
    if kind is float:
        return value == value and abs(value) < 1e15
    if kind is int:
        return abs(value) < NUMBER_MAX
    if kind is str:
        return all(" " <= c <= "~" for c in value)
    if kind in (bool, type(None)):
        return True
    if depth > 2:
        return False
    if kind in (list, tuple):
        return all(is_data(item, depth + 1) for item in value)
    if kind is dict:
        return all(is_data(item, depth + 1) for pair in value.items() for item in pair)
    return False


class Dice:
    """The same numbers on every machine and in every version of Python."""

    def __init__(self, seed):
        self.state = seed & 0xFFFFFFFF or 1

    def below(self, bound):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self.state >> 8) % bound


WORDS = ("", "a", "abc", "Hello", "hello world", "x=1", "a,b,c", "  spaces ", "42", "path/to/file",
         "UPPER", "level", "3.5", "b a", "key: value", "foo_bar", "0x1f", "1 2 3")
MAKERS = (
    lambda d: d.below(20),
    lambda d: WORDS[d.below(len(WORDS))],
    lambda d: [d.below(10) for _ in range(d.below(5))],
    lambda d: d.below(200) - 100,
    lambda d: [WORDS[d.below(len(WORDS))] for _ in range(d.below(4))],
    lambda d: (d.below(64) - 16) / 4,
    lambda d: bool(d.below(2)),
    lambda d: {WORDS[1 + d.below(6)]: d.below(10) for _ in range(d.below(3))},
    lambda d: (d.below(10), d.below(10)),
    lambda d: [[d.below(5) for _ in range(2)] for _ in range(d.below(3))],
)


def examples(text, name, seed):
    """Arguments and results of a pure function, as source, and the function itself."""
    tree = ast.parse(text).body[0]
    if not is_pure(tree):
        return
    function = load(text, {})[name]
    code = function.__code__
    if code.co_flags & 12 or code.co_kwonlyargcount or not 1 <= code.co_argcount <= 4:
        return
    least = code.co_argcount - len(function.__defaults__ or ())
    dice, seen = Dice(seed), set()
    for attempt in range(60):
        count = least + dice.below(code.co_argcount - least + 1)
        args = [MAKERS[dice.below(len(MAKERS))](dice) for _ in range(count)]
        source = ", ".join(map(repr, args))
        if source in seen or len(source) > VALUE_MAX:
            continue
        seen.add(source)
        try:
            result = call(function, copy.deepcopy(args))
        except (Exception, Endless):
            continue
        if is_data(result) and len(repr(result)) <= VALUE_MAX:
            yield args, source, result


def holds(text, assertion):
    """Whether the assertion is true of the function when both are read anew."""
    try:
        call(lambda: load(text + "\n" + assertion, {}), ())
    except (Exception, Endless):
        return False
    return True


def testgen(text, name, seed):
    lines, results = [], {}
    for args, source, result in examples(text, name, seed):
        shown = repr(result)
        if results.get(shown, 0) >= 2:
            continue  # the same result over and over says little
        equal = "is" if result is None or result is True or result is False else "=="
        assertion = "assert %s(%s) %s %s" % (name, source, equal, shown)
        if holds(text, assertion):
            lines.append(assertion)
            results[shown] = results.get(shown, 0) + 1
        if len(lines) == EXAMPLES:
            break
    return ("\n".join(lines) + "\n",) if len(results) >= 2 else ()


def trace_of(function, args):
    """A line for each that sets a variable, and the result."""
    lines, before = [], {}

    def step(frame, event, arg):
        if frame.f_code is not function.__code__:
            raise Endless  # a call of itself: no trace in lines
        if event == "call":
            before.update((key, repr(value)) for key, value in frame.f_locals.items())
            before[None] = frame.f_lineno
            return
        if event not in ("line", "return"):
            return
        now = {key: repr(value) for key, value in frame.f_locals.items() if is_data(value)}
        changes = ["%s = %s" % (key, now[key]) for key in now if before.get(key) != now[key]]
        if changes:
            lines.append("%d: %s" % (before[None], ", ".join(changes)))
        line = frame.f_lineno
        before.clear()
        before.update(now)
        before[None] = line
        if len(lines) > TRACE_MAX or lines and len(lines[-1]) > 2 * VALUE_MAX:
            raise Endless

    result = call(function, args, step)
    return lines, result


def reasoning(text, name, seed):
    """A call, its trace, and the result: the one of the first examples with the most lines."""
    best = ()
    for number, (args, source, result) in enumerate(examples(text, name, seed)):
        if number == 6:
            break
        try:
            lines, again = trace_of(load(text, {})[name], copy.deepcopy(args))
        except (Exception, Endless):
            continue
        if repr(again) == repr(result) and lines and (not best or len(lines) > len(best[1])):
            best = ("%s(%s)" % (name, source), lines, repr(result))
    if not best:
        return ()
    return best[0], "".join(line + "\n" for line in best[1]), best[2]


# ---- all cases ----

def main(what, cases):
    out = posix.dup(1)
    null = posix.open("/dev/null", posix.O_WRONLY)
    posix.dup2(null, 1)
    posix.dup2(null, 2)
    for case in cases:
        try:
            texts = what(*case)
        except BaseException:  # SystemExit and such, too
            texts = ()
        parts = [text.encode("utf-8", "replace") for text in texts]
        head = b" ".join(b"%d" % n for n in [len(parts), *map(len, parts)]) + b"\n"
        data = memoryview(head + b"".join(parts))
        while data:
            data = data[posix.write(out, data):]
    posix._exit(0)
