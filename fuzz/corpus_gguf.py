"""GGUF files of every class of fault."""
import struct

U8, I8, U16, I16, U32, I32, F32, BOOL, TEXT, ARRAY, U64, I64, F64 = range(13)
SIZES = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "B",
         U64: "Q", I64: "q", F64: "d"}


def text(value, length=None):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data) if length is None else length) + data


def entry(key, kind, value, raw=None):
    head = text(key) + struct.pack("<I", kind)
    if raw is not None:
        return head + raw
    if kind == TEXT:
        return head + text(value)
    if kind == ARRAY:
        of, values = value
        body = struct.pack("<IQ", of, len(values))
        for v in values:
            body += text(v) if of == TEXT else struct.pack("<" + SIZES[of], v)
        return head + body
    return head + struct.pack("<" + SIZES[kind], value)


def tensor(name, dims, kind=0, offset=0, count=None):
    out = text(name) + struct.pack("<I", len(dims) if count is None else count)
    for d in dims:
        out += struct.pack("<Q", d & (1 << 64) - 1)
    return out + struct.pack("<IQ", kind & 0xFFFFFFFF, offset & (1 << 64) - 1)


def whole(entries=(), tensors=(), data=b"", align=32, magic=b"GGUF", version=3, n_tensors=None,
          n_entries=None):
    out = magic + struct.pack("<I", version)
    out += struct.pack("<Q", (len(tensors) if n_tensors is None else n_tensors) & (1 << 64) - 1)
    out += struct.pack("<Q", (len(entries) if n_entries is None else n_entries) & (1 << 64) - 1)
    out += b"".join(entries) + b"".join(tensors)
    return out + bytes(-len(out) % align) + data


ARCH = entry("general.architecture", TEXT, "axl")


def alignment(value, kind=U32):
    return entry("general.alignment", kind, value)


def counts(out, plain):
    for name, value in {"minus_1": -1, "top_bit": 1 << 63, "many": 1 << 40, "one_more": 3,
                        "one_less": 1}.items():
        out["tensors_" + name] = whole([ARCH], plain, bytes(36), n_tensors=value)
        out["entries_" + name] = whole([ARCH, entry("a", U8, 1)], plain, bytes(36),
                                       n_entries=value)


def entries(out, plain):
    def add(name, *rows):
        out[name] = whole([ARCH, *rows], plain, bytes(36))

    add("key_empty", entry("", U8, 1))
    add("key_zero_byte", entry("a\0b", U8, 1))
    add("key_not_utf8", entry(b"\xff\xfe", U8, 1))
    add("key_long", entry("k" * 65536, U8, 1))
    add("key_twice", entry("a", U8, 1), entry("a", U8, 1))
    add("architecture_twice", ARCH)
    for name, length in {"minus_1": (1 << 64) - 1, "rest": 1 << 30, "wraps": (1 << 64) - 60}.items():
        add("key_length_" + name, text("abc", length) + bytes(40))
        add("text_length_" + name, text("abc") + struct.pack("<I", TEXT) + text("x", length))
    for kind in (13, 255, (1 << 32) - 1):
        add("kind_%d" % kind, entry("a", kind, None, bytes(8)))
        add("array_of_%d" % kind, entry("a", ARCH and ARRAY, None, struct.pack("<IQ", kind, 1) + bytes(8)))
    add("array_of_arrays", entry("a", ARRAY, None, struct.pack("<IQ", ARRAY, 1) + bytes(12)))
    for name, count in {"huge": 1 << 60, "minus_1": (1 << 64) - 1, "wraps": 1 << 62}.items():
        for kind in (U8, U32, F64, TEXT):
            add("array_%s_%d" % (name, kind), entry("a", ARRAY, None,
                                                    struct.pack("<IQ", kind, count) + bytes(64)))
    add("bool_2", entry("a", BOOL, 2))
    add("bool_array_2", entry("a", ARRAY, (BOOL, [1, 0, 2])))
    for align in (0, 1, 2, 3, 4, 13, 48, 1 << 17, 1 << 31, (1 << 32) - 1):
        add("align_%d" % align, alignment(align))
    add("align_u64", alignment(64, U64))
    add("align_f32", alignment(64, F32))
    add("align_text", entry("general.alignment", TEXT, "64"))
    add("align_twice", alignment(32), alignment(32))
    for name, digits in {"short": "1234567", "long": "123456789", "capital": "ABCDEF01",
                         "sign": "-1234567", "zero": "\0" * 8}.items():
        add("hash_" + name, entry("axl.crc32c", TEXT, digits))
    add("hash_number", entry("axl.crc32c", U64, 1))
    out["many_empty_texts"] = whole(
        [ARCH, entry("a", ARRAY, None, struct.pack("<IQ", TEXT, 1000) + bytes(7999))], plain)


def tensors(out):
    def add(name, *rows, data=36):
        out[name] = whole([ARCH], rows, bytes(data))

    two = tensor("b", [1], 0, 32)
    add("name_63", tensor("n" * 64, [1]), two)
    add("name_empty", tensor("", [1]), two)
    add("name_zero_byte", tensor("a\0", [1]), two)
    add("name_not_utf8", tensor(b"\xc0\xaf", [1]), two)
    add("name_twice", tensor("b", [1]), two)
    for dims in (0, 5, (1 << 32) - 1):
        add("dims_%d" % dims, tensor("a", [1], count=dims), two)
    for value in (0, -1, 1 << 63, (1 << 63) - 1, 1 << 62, (1 << 62) - 1, 0x7FFFFFFFFFFFFFC0):
        for place in range(4):
            dims = [1, 1, 1, 1]
            dims[place] = value
            add("dim_%d_%x" % (place, value & (1 << 64) - 1), tensor("a", dims), two)
    add("dims_overflow", tensor("a", [1 << 32, 1 << 32, 1 << 32, 1 << 32]), two)
    add("dims_wrap_to_1", tensor("a", [1 << 32, 1 << 31, 2, 1]), two)
    add("dims_wrap_twice", tensor("a", [0x7FFFFFFFFFFFFFC0, 0x7FFFFFFFFFFFFFC0]), two)
    for kind in (-1, 4, 5, 31, 32, 33, 36, 37, 38, 40, 255):
        add("type_%d" % kind, tensor("a", [32], kind), two)
    for kind, row in ((8, 31), (8, 33), (12, 32), (12, 128), (14, 255), (2, 16)):
        add("row_%d_of_type_%d" % (row, kind), tensor("a", [row, 2], kind), two)
    for name, offset in {"unaligned": 4, "overlap": 0, "hole": 64, "behind": 1 << 20,
                         "minus_1": -1, "wraps": -32, "unaligned_33": 33}.items():
        add("offset_" + name, tensor("a", [1]), tensor("b", [1], 0, offset), data=100)
    add("offset_first_hole", tensor("a", [1], 0, 32), tensor("b", [1], 0, 64), data=100)
    add("offset_swapped", tensor("a", [1], 0, 32), tensor("b", [1], 0, 0), data=100)
    add("data_short", tensor("a", [1]), two, data=35)
    add("data_none", tensor("a", [1]), two, data=0)
    add("data_long", tensor("a", [1]), two, data=65)
    add("data_far_too_long", tensor("a", [1]), two, data=4096)


def cases():
    out = {}
    plain = [tensor("a", [1], 0, 0), tensor("b", [1], 0, 32)]
    everything = [ARCH] + [entry("k%d" % k, k, 1) for k in SIZES] + [
        entry("text", TEXT, "with a \0 byte"), entry("none", TEXT, ""),
        entry("texts", ARRAY, (TEXT, ["", "a", "\u00e9"])), entry("no_texts", ARRAY, (TEXT, []))]
    everything += [entry("many%d" % k, ARRAY, (k, [1, 0, 1])) for k in SIZES]
    good = whole(everything, plain, bytes(36))
    out["good_every_kind"] = good
    out["good_padded"] = whole([ARCH], plain, bytes(64))
    out["good_not_padded"] = whole([ARCH], plain, bytes(36))
    out["good_empty"] = whole()
    out["good_empty_not_padded"] = whole()[:24]
    out["good_align_64"] = whole([ARCH, alignment(64)], [tensor("a", [1]), tensor("b", [1], 0, 64)],
                                 bytes(68), 64)
    out["good_blocks"] = whole([ARCH], [tensor("q8", [64, 2], 8), tensor("q4", [256], 12, 160),
                                        tensor("q6", [256, 1, 1, 1], 14, 320)], bytes(530))
    out["good_hash"] = whole([ARCH, entry("axl.crc32c", TEXT, "0123cdef")], plain, bytes(36))
    out["empty"] = b""
    out["magic"] = whole([ARCH], plain, bytes(36), magic=b"GGML")
    out["magic_only"] = b"GGUF"
    for version in (0, 1, 2, 4, 3 << 24):
        out["version_%d" % version] = whole([ARCH], plain, bytes(36), version=version)
    counts(out, plain)
    entries(out, plain)
    tensors(out)
    small = whole([ARCH], plain, bytes(36))
    for size in range(1, len(small), 9):
        out["cut_%03d" % size] = small[:size]
    # Data and padding may be anything: these are in front of them.
    for at in range(0, 24):
        out["byte_%02d_80" % at] = small[:at] + bytes([small[at] ^ 0x80]) + small[at + 1:]
    return out
