# The first code that runs in the sandbox, and the only one there that is trusted.
#
# Its argument says how many processes may be there at once. It sets that limit and says that it is
# ready, which is when the program outside looks at the sandbox; only if all of it stands does a job
# come: a line "MODE SIZE SIZE ...", and behind it as many texts of those sizes.
#
#   run     one text, a program. It runs in a child, as __main__; this process ends as the child did.
#   judge   program, secret, check, prelude, entry, names (see judge.h). The program is loaded by a child, which has
#           nothing but two pipes. The check runs here, where no line of the program ever does:
#           what it calls of the program is a question on one pipe and an answer on the other, and
#           an answer is data of Python's own types. So a program can say what it likes, but it can
#           neither see the check nor what is expected, nor touch what compares them, nor reach the
#           descriptor on which the verdict goes out. The secret comes last, when the child is there
#           already, so that not even its memory had it once.
#
# Starting an interpreter is most of what a program costs: nothing is imported that is not needed.
import posix
import sys

MESSAGE_MAX = 16 << 20  # bytes of a question or an answer
DEPTH_MAX = 200         # of data inside data
SIGXCPU = 24            # what ends a program that has used up its time


# ---- bytes ----

def read_all(fd, size):
    parts = []
    while size > 0:
        part = posix.read(fd, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def write_all(fd, data):
    data = memoryview(data)
    while data:
        data = data[posix.write(fd, data):]


def read_line(fd):
    line = b""
    while not line.endswith(b"\n"):
        part = posix.read(fd, 1)
        if not part:
            posix._exit(3)
        line += part
    return line


def read_text(fd, size):
    data = read_all(fd, size)
    if data is None:
        posix._exit(3)
    return data


# ---- data as bytes: one letter for the type, then what belongs to it ----

class Bad(Exception):
    """What cannot be, or is no, data."""


def pack(value, put, far, depth=0):
    """Puts the pieces of value. far(value) gives the number of what is no data, or refuses it."""
    if depth > DEPTH_MAX:
        raise Bad("data nested too deeply")
    kind = type(value)
    if value is None:
        put(b"N")
    elif kind is bool:
        put(b"T" if value else b"F")
    elif isinstance(value, int):
        put(b"i%x;" % value if value >= 0 else b"i-%x;" % -int(value))
    elif isinstance(value, float):
        put(b"f" + float.__repr__(value).encode() + b";")
    elif isinstance(value, complex):
        put(b"c")
        pack(value.real, put, far, depth + 1)
        pack(value.imag, put, far, depth + 1)
    elif isinstance(value, str):
        data = str.encode(value, "utf-8", "surrogatepass")
        put(b"s%x;" % len(data) + data)
    elif isinstance(value, (bytes, bytearray)):
        put((b"b" if isinstance(value, bytes) else b"y") + b"%x;" % len(value) + bytes(value))
    elif isinstance(value, dict):
        put(b"d%x;" % dict.__len__(value))
        for key, item in dict.items(value):
            pack(key, put, far, depth + 1)
            pack(item, put, far, depth + 1)
    elif kind is type and TYPES.get(value.__name__) is value:
        put(b"k%x;" % len(value.__name__) + value.__name__.encode())
    else:
        for letter, base in ((b"l", list), (b"t", tuple), (b"S", set), (b"Z", frozenset)):
            if isinstance(value, base):
                put(letter + b"%x;" % base.__len__(value))
                for item in base.__iter__(value):
                    pack(item, put, far, depth + 1)
                return
        put(b"g%x;" % far(value))


def packed(value, far):
    parts = []
    pack(value, parts.append, far)
    data = b"".join(parts)
    if len(data) > MESSAGE_MAX:
        raise Bad("more than %d bytes of data" % MESSAGE_MAX)
    return data


class Reader:
    """Data from bytes that are not trusted."""

    def __init__(self, data, near):
        self.data, self.at, self.near = data, 0, near

    def number(self):
        end = self.data.index(b";", self.at)
        text = self.data[self.at:end]
        self.at = end + 1
        return int(text, 16)

    def size(self):
        size = self.number()
        if not 0 <= size <= len(self.data) - self.at:
            raise Bad("a size that cannot be")
        return size

    def bytes(self):
        size = self.size()
        self.at += size
        return self.data[self.at - size:self.at]

    def list(self, depth):
        return [self.value(depth) for _ in range(self.size())]

    def real(self):
        end = self.data.index(b";", self.at)
        text = self.data[self.at:end]
        self.at = end + 1
        return float(text)

    def value(self, depth=0):
        if depth > DEPTH_MAX:
            raise Bad("data nested too deeply")
        letter = self.data[self.at:self.at + 1]
        self.at += 1
        depth += 1
        if letter in CONSTANTS:
            return CONSTANTS[letter]
        if letter == b"i":
            return self.number()
        if letter == b"f":
            return self.real()
        if letter == b"s":
            return self.bytes().decode("utf-8", "surrogatepass")
        if letter in COLLECTIONS:
            return COLLECTIONS[letter](self.list(depth))
        if letter == b"d":
            return dict([(self.value(depth), self.value(depth)) for _ in range(self.size())])
        if letter == b"b":
            return self.bytes()
        if letter == b"y":
            return bytearray(self.bytes())
        if letter == b"c":
            real, imaginary = self.value(depth), self.value(depth)
            return complex(float(real), float(imaginary))
        if letter == b"k":
            return TYPES[self.bytes().decode()]
        if letter == b"g":
            return self.near(self.number())
        raise Bad("bytes that are no data")


CONSTANTS = {b"N": None, b"T": True, b"F": False}
TYPES = {kind.__name__: kind for kind in (bool, bytes, complex, dict, float, frozenset, int, list,
                                          set, str, tuple)}
COLLECTIONS = {b"l": list, b"t": tuple, b"S": set, b"Z": frozenset}


def send_message(fd, data):
    write_all(fd, b"%08x" % len(data) + data)


def take_message(fd):
    head = read_all(fd, 8)
    if head is None:
        return None
    size = int(head, 16)
    if not 0 <= size <= MESSAGE_MAX:
        raise Bad("a message of %d bytes" % size)
    return read_all(fd, size)


# ---- the side of the program ----

class Program:
    """The module that the program makes, and the things that the check holds of it."""

    def __init__(self, source):
        self.held = []
        self.module = type(sys)("program")
        sys.modules["program"] = self.module
        self.scope = self.module.__dict__
        exec(compile(source, "program.py", "exec", dont_inherit=True), self.scope)

    def hold(self, value):
        self.held.append(value)
        return len(self.held) - 1

    def names(self, names):
        return [(self.scope[name],) if name in self.scope else None for name in names]

    def answer(self, ask):
        what, target = ask[0], ask[1]
        if what == "names":
            return self.names(target)
        if what == "call":
            return target(*ask[2], **ask[3])
        if what == "get":
            return getattr(target, ask[2])
        if what == "set":
            return setattr(target, ask[2], ask[3])
        if what == "item":
            return target[ask[2]]
        if what == "length":
            return len(target)
        if what == "true":
            return bool(target)
        if what == "iterate":
            return iter(target)
        if what == "next":
            for item in target:
                return (item,)
        return None


def reply(program, data):
    try:
        ask = Reader(data, program.held.__getitem__).value()
        return b"v" + packed(program.answer(ask), program.hold)
    except BaseException as error:
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            posix._exit(1)
        return b"e" + packed((type(error).__name__, str(error)[:1000]), program.hold)


def serve(source, asks, answers):
    try:
        program = Program(source)
        first = b"v" + packed(None, program.hold)
    except BaseException as error:
        send_message(answers, b"e" + packed((type(error).__name__, str(error)[:1000]), None))
        return
    send_message(answers, first)
    while True:
        data = take_message(asks)
        if data is None:
            return
        send_message(answers, reply(program, data))


# ---- the side of the check ----

class Gone(BaseException):
    """The program ended, or answered with what is no data. No check can catch it for good: the
    verdict asks for it."""


class Far:
    """Something of the program: a function, a class, an object. It is equal to itself alone."""

    __slots__ = ("_link", "_number")

    def __init__(self, link, number):
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_number", number)

    def __call__(self, *args, **more):
        return self._link.ask("call", self, list(args), more)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link.ask("get", self, name)

    def __setattr__(self, name, value):
        self._link.ask("set", self, name, value)

    def __getitem__(self, key):
        return self._link.ask("item", self, key)

    def __len__(self):
        return self._link.ask("length", self)

    def __bool__(self):
        return self._link.ask("true", self) is True

    def __iter__(self):
        steps = self._link.ask("iterate", self)
        while True:
            found = self._link.ask("next", steps)
            if found is None:
                return
            yield found[0]


class Link:
    """The two pipes to the program."""

    def __init__(self, asks, answers):
        self.asks, self.answers, self.gone = asks, answers, None

    def near(self, number):
        return Far(self, number)

    def far(self, value):
        if type(value) is not Far:
            raise Bad("a check gives the program a %s" % type(value).__name__)
        return value._number

    def take(self):
        try:
            data = take_message(self.answers)
            if data is None:
                raise Bad("the program ended")
            value = Reader(data[1:], self.near).value()
            if data[:1] == b"v":
                return value
            name, text = value
        except (Bad, ValueError, TypeError, LookupError, OverflowError, RecursionError,
                OSError) as error:
            self.gone = str(error) or "no data"
            raise Gone(self.gone)
        raise raised(name, text)

    def ask(self, *question):
        data = packed(question, self.far)
        if self.gone:
            raise Gone(self.gone)
        try:
            send_message(self.asks, data)
        except OSError:
            self.gone = "the program ended"
            raise Gone(self.gone)
        return self.take()


def raised(name, text):
    """The error that the program raised, where it is one of Python's own."""
    kind = getattr(sys.modules["builtins"], str(name), None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = Exception
    try:
        error = kind("%s" % text)
    except Exception:  # some want more than a text
        error = Exception("%s" % text)
    error.of_program = str(name)
    return error


def names_of(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if type(constant) is type(code):
            names |= names_of(constant)
    return names


def add_prelude(scope, prelude, names, entry):
    """Helpers that the benchmark itself defines, where the check uses one of them."""
    if not prelude:
        return
    code = compile(prelude, "prelude.py", "exec", dont_inherit=True)
    if (set(code.co_names) & names) - {entry} - set(dir(sys.modules["builtins"])):
        exec(code, scope)


def add_names(scope, link, names, check, asked):
    """Gives the check what it uses and does not define. Python's own names and modules are those of
    this interpreter: what compares must not come from the program, unless it is asked for it."""
    builtins = sys.modules["builtins"]
    wanted = []
    for name in sorted(names):
        if name in asked:
            wanted.append(name)
        elif hasattr(builtins, name):
            continue
        elif name in sys.stdlib_module_names and name + "." in check:
            scope[name] = __import__(name)
        else:
            wanted.append(name)
    for name, found in zip(wanted, link.ask("names", wanted)):
        if found is not None:
            scope[name] = found[0]


def check_program(link, texts):
    check, prelude, entry, asked = texts
    code = compile(check, "check.py", "exec", dont_inherit=True)
    names = names_of(code)
    scope = {"__name__": "check"}
    link.take()  # the program is loaded
    add_prelude(scope, prelude, names, entry)
    if entry:
        found = link.ask("names", [entry])[0]
        if found is None:
            raise NameError(entry)
        scope[entry] = found[0]
    else:
        add_names(scope, link, names, check, asked.split())
    exec(code, scope)
    if entry:
        scope["check"](found[0])


def verdict(link, texts):
    """One word, and what there is to say."""
    try:
        check_program(link, texts)
    except Gone as error:
        return "ended", str(error)
    except AssertionError as error:
        if not hasattr(error, "of_program"):
            return ("ended", link.gone) if link.gone else ("wrong", "")
        return "raised", "AssertionError"
    except BaseException as error:
        return "raised", getattr(error, "of_program", type(error).__name__)
    return ("ended", link.gone) if link.gone else ("passed", "")


# ---- the beginning ----

def used_up(state, used):
    """Whether a process got all of its processor time. The signal is sent at a tick of the clock,
    when what is counted may still be short of the limit; one that ignores it is killed."""
    import resource
    return (posix.WIFSIGNALED(state) and posix.WTERMSIG(state) == SIGXCPU
            or used.ru_utime + used.ru_stime >= resource.getrlimit(resource.RLIMIT_CPU)[0])


def leave_nothing(keep):
    """In the child: the standard descriptors lead nowhere, and no others are there but keep."""
    null = posix.open("/dev/null", posix.O_RDWR)
    for fd in (0, 1, 2):
        posix.dup2(null, fd)
    last = 3
    for fd in sorted(keep):
        posix.closerange(last, fd)
        last = fd + 1
    posix.closerange(last, 1 << 16)


def judge(sizes):
    program = read_text(0, sizes[0])
    asks, answers = posix.pipe(), posix.pipe()
    child = posix.fork()
    if child == 0:
        leave_nothing((asks[0], answers[1]))
        try:
            serve(program, asks[0], answers[1])
        finally:
            posix._exit(0)
    posix.close(asks[0])
    posix.close(answers[1])
    secret, *texts = [read_text(0, size).decode() for size in sizes[1:]]
    word, text = verdict(Link(asks[1], answers[0]), texts)
    if word == "ended":
        posix.kill(child, 9)
        if used_up(*posix.wait4(child, 0)[1:]):
            word = "late"
    text = "".join(c if " " <= c <= "~" else "?" for c in str(text))[:200]
    write_all(1, ("%s %s %s\n" % (secret, word, text)).encode())
    posix._exit(0)


def run_program(source):
    """As the interpreter does it with a file, but that the traceback has the lines of the text."""
    module, before = type(sys)("__main__"), sys.modules["__main__"]
    sys.modules["__main__"] = module
    module.__builtins__ = sys.modules["builtins"]
    sys.argv = ["program.py"]
    try:
        exec(compile(source, "program.py", "exec", dont_inherit=True), module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        import linecache
        import traceback
        text = source.decode("utf-8", "replace")
        linecache.cache["program.py"] = (len(text), None, text.splitlines(True), "program.py")
        tail = error.__traceback__.tb_next
        traceback.print_exception(type(error), error, tail)
        sys.exit(1)


def run(sizes):
    source = read_text(0, sizes[0])
    child = posix.fork()
    if child == 0:
        null = posix.open("/dev/null", posix.O_RDONLY)
        posix.dup2(null, 0)
        posix.closerange(3, 1 << 16)
        run_program(source)
        return
    _, state, used = posix.wait4(child, 0)
    if not posix.WIFSIGNALED(state):
        posix._exit(posix.WEXITSTATUS(state))
    posix._exit(128 + (SIGXCPU if used_up(state, used) else posix.WTERMSIG(state)))


def main():
    sys.path[:] = [folder for folder in sys.path if folder]
    import resource
    most = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    write_all(1, b"ready\n")
    words = read_line(0).split()
    {b"run": run, b"judge": judge}[words[0]]([int(word) for word in words[1:]])


main()
