"""PyTorch .pt files of every class of fault: the archive, then the pickle in it."""
import struct
import zlib

DATA = bytes(range(24))  # of the one storage: 6 f32


def u(text):
    data = text.encode() if isinstance(text, str) else text
    return b"X" + struct.pack("<I", len(data)) + data


def g(module, name):
    return ("c%s\n%s\n" % (module, name)).encode()


ORDERED = g("collections", "OrderedDict") + b")R"
REBUILD = g("torch._utils", "_rebuild_tensor_v2")


def storage(kind="FloatStorage", key="0", count=6, word="storage", device="cpu", raw=None):
    body = u(word) + g("torch", kind) + u(key) + u(device) + number(count)
    return b"(" + (body if raw is None else raw) + b"tQ"


def number(value):
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if -(1 << 31) <= value < 1 << 31:
        return b"J" + struct.pack("<i", value)
    return b"\x8a\x08" + struct.pack("<Q", value & (1 << 64) - 1)


def counts(values):
    return b"(" + b"".join(number(v) for v in values) + b"t"


def tensor(where=None, offset=0, size=(2, 3), stride=(3, 1)):
    return (REBUILD + b"(" + (storage() if where is None else where) + number(offset)
            + counts(size) + counts(stride) + b"\x89" + ORDERED + b"tR")


def state(value=None, name="w"):
    return b"\x80\x02}" + u("model_state_dict") + ORDERED + u(name) + (value or tensor()) + b"ss."


class Entry:
    def __init__(self, name, data, **change):
        self.name = name.encode() if isinstance(name, str) else name
        self.data = data
        self.crc = zlib.crc32(data)
        self.size = self.packed = len(data)
        self.method = self.flags = 0
        self.local = {}
        self.extra = b""
        self.comment = b""
        self.offset = None
        self.disk = 0
        self.__dict__.update(change)

    def head(self):
        v = dict(name=self.name, flags=self.flags, method=self.method, crc=self.crc,
                 packed=self.packed, size=self.size, magic=0x04034B50)
        v.update(self.local)
        return struct.pack("<IHHHIIIIHH", v["magic"], 20, v["flags"], v["method"], 0, v["crc"],
                           v["packed"] & 0xFFFFFFFF, v["size"] & 0xFFFFFFFF, len(v["name"]),
                           0) + v["name"]

    def record(self, offset):
        offset = offset if self.offset is None else self.offset
        return struct.pack("<IHHHHIIIIHHHHHII", 0x02014B50, 20, 20, self.flags, self.method, 0,
                           self.crc, self.packed & 0xFFFFFFFF, self.size & 0xFFFFFFFF,
                           len(self.name), len(self.extra), len(self.comment), self.disk, 0, 0,
                           offset) + self.name + self.extra + self.comment


def archive(entries, before=b"", behind=b"", wide=False, wide_change=None, **end):
    out, directory = before, b""
    for e in entries:
        directory += e.record(len(out))
        out += e.head() + e.data
    start = len(out)
    v = dict(disk=0, here=len(entries), count=len(entries), size=len(directory), offset=start,
             comment=b"")
    v.update(end)
    out += directory
    if wide:
        w = dict(count=len(entries), size=len(directory), offset=start, at=len(out), disks=1)
        w.update(wide_change or {})
        out += struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 20, 45, 0, 0, w["count"], w["count"],
                           w["size"], w["offset"])
        out += struct.pack("<IIQI", 0x07064B50, 0, w["at"], w["disks"])
    return out + struct.pack("<IHHHHIIH", 0x06054B50, v["disk"], v["disk"], v["here"], v["count"],
                             v["size"], v["offset"], len(v["comment"])) + v["comment"] + behind


def entries(pickle=None, data=DATA, **change):
    return [Entry("m/data.pkl", state() if pickle is None else pickle),
            Entry("m/data/0", data, **change), Entry("m/version", b"3\n")]


def zips(out):
    pkl = Entry("m/data.pkl", state())
    version = Entry("m/version", b"3\n")
    good = archive(entries())
    out["zip_no_end"] = good[:-22]
    out["zip_two_ends"] = good + good[-22:]
    out["zip_comment"] = archive(entries(), comment=b"c" * 100)
    out["zip_behind"] = archive(entries(), behind=b"x")
    out["zip_prefix"] = archive(entries(), before=b"#!/bin/sh\n")
    for name, end in {"offset_wraps": dict(offset=0xFFFFFFF0), "offset_behind": dict(offset=1 << 20),
                      "size_short": dict(size=10), "size_long": dict(size=1 << 20),
                      "count_more": dict(count=4, here=4), "count_less": dict(count=2, here=2),
                      "count_zero": dict(count=0, here=0), "count_65535": dict(count=65535, here=65535),
                      "count_differs": dict(here=1), "disk": dict(disk=1)}.items():
        out["zip_end_" + name] = archive(entries(), **end)
    for name, change in {"count": dict(count=1 << 40), "size": dict(size=1 << 63),
                         "offset": dict(offset=(1 << 64) - 1), "place": dict(at=0),
                         "disks": dict(disks=2)}.items():
        out["zip_wide_" + name] = archive(entries(), wide=True, wide_change=change)
    for name, local in {"name": dict(name=b"m/data/1"), "longer": dict(name=b"m/data/00"),
                        "size": dict(size=23), "packed": dict(packed=23), "crc": dict(crc=1),
                        "method": dict(method=8), "flags": dict(flags=1),
                        "magic": dict(magic=0x04034B51)}.items():
        out["zip_local_" + name] = archive(entries(local=local))
    for name, change in {"deflate": dict(method=8), "encrypted": dict(flags=1),
                         "patched": dict(flags=0x20), "strong": dict(flags=0x40),
                         "masked": dict(flags=0x2000), "two_sizes": dict(packed=20),
                         "crc": dict(crc=5), "comment": dict(comment=b"x"), "disk": dict(disk=1),
                         "long": dict(size=1 << 20, packed=1 << 20),
                         "wide_missing": dict(size=0xFFFFFFFF, packed=0xFFFFFFFF),
                         "wide_short": dict(size=0xFFFFFFFF, extra=struct.pack("<HHI", 1, 4, 24)),
                         "wide_lies": dict(size=0xFFFFFFFF, packed=0xFFFFFFFF, extra=struct.pack(
                             "<HHQQ", 1, 16, (1 << 64) - 24, (1 << 64) - 24)),
                         "extra_cut": dict(extra=b"\x01\x00\x40\x00"),
                         "offset_first": dict(offset=0), "offset_inside": dict(offset=40),
                         "offset_behind": dict(offset=1 << 20)}.items():
        out["zip_entry_" + name] = archive(entries(**change))
    for name, text in {"up": "m/../data/0", "absolute": "/m/data/0", "backslash": "m\\data\\0",
                       "zero": b"m/data/0\0x", "empty": b"", "not_utf8": b"m/\xff",
                       "other_folder": "n/data/0", "long": "m/" + "x" * 600}.items():
        out["zip_name_" + name] = archive([pkl, Entry(text, DATA), version])
    out["zip_twice"] = archive(entries() + [Entry("m/data.pkl", state())])
    out["zip_overlap"] = archive([pkl, Entry("m/data/0", DATA, size=60, packed=60), version])
    out["zip_no_pickle"] = archive([Entry("m/data/0", DATA), version])
    out["zip_no_folder"] = archive([Entry("data.pkl", state())])
    out["zip_big_endian"] = archive([*entries(), Entry("m/byteorder", b"big")])
    out["zip_none"] = archive([])
    for size in range(0, len(good), 23):
        out["cut_%03d" % size] = good[:size]
    out["legacy"] = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
    out["tar"] = b"m/data.pkl".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0")


def tensors(out):
    def add(name, value, **change):
        out["tensor_" + name] = archive(entries(state(value), **change))

    for name, args in {
            "offset": dict(offset=1), "offset_far": dict(offset=1 << 40),
            "offset_minus": dict(offset=-1), "size": dict(size=(3, 3)),
            "size_minus": dict(size=(-1, 3)), "size_overflow": dict(size=(1 << 40, 1 << 40)),
            "stride": dict(stride=(6, 1)), "stride_minus": dict(stride=(-3, 1)),
            "stride_overflow": dict(stride=(1 << 62, 1 << 62)),
            "stride_zero": dict(size=(1 << 30, 1 << 30), stride=(0, 0)),
            "stride_zero_small": dict(size=(7,), stride=(0,)), "dims_differ": dict(stride=(1,)),
            "dims_5": dict(size=(1, 1, 1, 1, 1), stride=(1, 1, 1, 1, 1))}.items():
        add(name, tensor(**args))
    for name, where in {
            "key": storage(key="7"), "key_path": storage(key="../data.pkl"),
            "count_more": storage(count=7), "count_less": storage(count=5),
            "count_minus": storage(count=-1), "count_wraps": storage(count=(1 << 62) + 6),
            "type": storage("DoubleStorage"), "word": storage(word="module"),
            "type_text": storage(raw=u("storage") + u("FloatStorage") + u("0") + u("cpu") + number(6)),
            "four": storage(raw=u("storage") + g("torch", "FloatStorage") + u("0") + u("cpu")),
            "number": b"K\x00Q", "none": b"N", "tensor": tensor()}.items():
        add("storage_" + name, tensor(where))
    two = ORDERED + u("a") + tensor() + b"s" + u("b") + tensor(storage("IntStorage")) + b"s"
    out["tensor_storage_two_types"] = archive(entries(
        b"\x80\x02}" + u("model_state_dict") + two + b"s."))
    out["tensor_twice"] = archive(entries(b"\x80\x02}" + u("model_state_dict") + ORDERED + u("w")
                                          + tensor() + b"s" + u("w") + tensor() + b"ss."))
    add("is_number", b"K\x05")
    add("is_storage", storage())
    add("is_list", b"]")
    add("few_arguments", REBUILD + b"(" + storage() + b"K\x00tR")
    add("no_arguments", REBUILD + b")R")
    add("parameter_of_number", g("torch._utils", "_rebuild_parameter") + b"(K\x05\x89" + ORDERED + b"tR")
    out["tensor_name_number"] = archive(entries(
        b"\x80\x02}" + u("model_state_dict") + ORDERED + b"K\x01" + tensor() + b"ss."))
    out["data_short"] = archive(entries(data=DATA[:20]))
    out["data_long"] = archive(entries(data=DATA + b"1234"))


def pickles(out):
    def add(name, text):
        out["pickle_" + name] = archive(entries(text))

    two = b"\x80\x02"
    for code in b"0123R)ae}sutbQ\x85\x86\x87\x93(hqcijloPSTIFVL\x81\x82\x83\x84\x8b\x8e\x8f\x90\x91\x92\x96\x97\x98BCU~":
        add("code_%02x" % code, two + bytes([code]) + b"\x00\x00.")
    for name, text in {
            "empty": b"", "stop_missing": b"}", "stop_alone": b".", "two_values": b"}}.",
            "mark_left": b"}(.", "behind": b"}.}", "no_dict": b"K\x01.",
            "protocol_0": b"\x80\x00}.", "protocol_6": b"\x80\x06}.",
            "frame_lies": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff}.",
            "text_long": b"X\xff\xff\xff\xff}.", "text8_huge": b"\x8d" + b"\xff" * 8 + b".",
            "text_zero": u("a\0b") + b".", "text_not_utf8": u(b"\xed\xa0\x80") + b".",
            "long_255": b"\x8a\xff" + bytes(255) + b".", "long4_minus": b"\x8b\xff\xff\xff\xff.",
            "memo_missing": b"h\x05.", "memo_far": b"}r\xff\xff\xff\x7f.", "memo_of_nothing": b"q\x00.",
            "setitem_on_list": b"]K\x01K\x02s.", "setitems_on_tuple": b")(K\x01K\x02u.",
            "setitem_on_tensor": tensor() + b"K\x01K\x02s.", "append_on_dict": b"}K\x01a.",
            "appends_on_text": u("a") + b"(K\x01e.", "odd_items": b"}(K\x01u.",
            "key_list": b"}]K\x01s.", "build_number": b"K\x01}b.", "build_list_state": b"}]b.",
            "build_symbol": g("collections", "OrderedDict") + b"}b.",
            "call_number": b"K\x01)R.", "call_with_list": g("collections", "OrderedDict") + b"]R.",
            "ordered_with_items": g("collections", "OrderedDict") + b"(]tR.",
            "persistent_text": u("0") + b"Q.", "stack_global_number": b"K\x01K\x02\x93.",
            "deep_marks": b"(" * 100 + b".", "many_values": b"N" * 9000 + b".",
            "many_dicts": b"(" + b"}0" * 10 + b".", "grows": b"]" + (b"(" + b"}" * 4000 + b"e") * 9 + b".", "storage_called": g("torch", "FloatStorage") + b")R.",
            "list_in_itself": b"]q\x00h\x00a."}.items():
        add(name, two + text)
    gadgets = ["os system", "posix system", "nt system", "subprocess Popen", "subprocess check_output",
               "builtins eval", "builtins exec", "builtins getattr", "builtins __import__",
               "builtins compile", "builtins open", "__builtin__ eval", "runpy _run_code",
               "importlib import_module", "pty spawn", "shutil rmtree", "socket socket",
               "torch load", "torch.hub load", "torch.jit load", "torch._utils _rebuild_tensor",
               "torch._utils._rebuild_tensor_v2 __globals__", "torch._C _jit_pass", "numpy load",
               "operator attrgetter", "functools partial", "pickle loads", "cProfile run",
               "timeit timeit", "webbrowser open", "code InteractiveInterpreter", "bdb Bdb",
               "asyncio create_subprocess_shell", "ctypes CDLL", "multiprocessing Process",
               "collections namedtuple", "collections OrderedDict.__class__", "torch FloatStorage.from_file"]
    for i, gadget in enumerate(gadgets):
        module, name = gadget.split(" ")
        add("gadget_%02d" % i, two + g(module, name) + b"(" + u("id") + b"tR.")
        add("gadget_stack_%02d" % i, b"\x80\x04" + u(module) + u(name) + b"\x93(" + u("id") + b"tR.")
    add("global_newlines", two + b"ccollections\n\nOrderedDict\n.")
    add("global_long", two + b"c" + b"a" * 5000 + b"\nb\n.")
    add("global_cut", two + b"cos")


def texts():
    """The pickles alone; a fuzzer's seeds."""
    out = {}
    for name, data in cases().items():
        if not name.startswith(("pickle_", "good", "tensor_")):
            continue
        length, name_length = struct.unpack_from("<I", data, 18)[0], struct.unpack_from("<H", data, 26)[0]
        out[name] = data[30 + name_length:30 + name_length + length]
    return out


def cases():
    out = {}
    out["good_plain"] = archive(entries())
    out["good_wide"] = archive(entries(), wide=True)
    out["good_wide_sizes"] = archive(entries(
        size=0xFFFFFFFF, packed=0xFFFFFFFF, extra=struct.pack("<HHQQ", 1, 16, 24, 24)))
    out["good_descriptor"] = archive(entries(flags=0x808, local=dict(crc=0, size=0, packed=0)))
    out["good_transposed"] = archive(entries(state(tensor(size=(3, 2), stride=(1, 3)))))
    out["good_part"] = archive(entries(state(tensor(offset=2, size=(2, 2), stride=(2, 1)))))
    out["good_empty_tensor"] = archive(entries(state(tensor(size=(0, 3)))))
    out["good_number"] = archive(entries(state(tensor(size=(), stride=()))))
    out["good_parameter"] = archive(entries(state(
        g("torch._utils", "_rebuild_parameter") + b"(" + tensor() + b"\x88" + ORDERED + b"tR")))
    out["good_root"] = archive(entries(b"\x80\x02}" + u("w") + tensor() + b"s."))
    out["good_members"] = archive(entries(
        state()[:-2] + b"s" + u("config") + b"}(" + u("d") + b"K\x05" + u("e") + b"G"
        + struct.pack(">d", 0.5) + u("f") + b"\x88" + u("n") + b"N" + u("l") + b"](K\x01M\x00\x02e"
        + u("t") + b"K\x01K\x02\x86" + u("big") + number(1 << 40) + u("neg") + number(-7) + b"us."))
    out["good_itself"] = archive(entries(state()[:-2] + b"s" + u("l") + b"]q\x00h\x00as."))
    out["good_protocol_4"] = archive(entries(
        b"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01w" + tensor() + b"s."))
    zips(out)
    tensors(out)
    pickles(out)
    return out
