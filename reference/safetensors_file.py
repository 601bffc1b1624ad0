"""Reads and writes safetensors files, strictly, with nothing but the standard library and PyTorch.

A file is the length of its header (8 bytes, little-endian), the header (JSON, padded with spaces to
a multiple of 8) and the data. Tensors lie without gaps, largest numbers first and then by name, so
that every one is aligned to the size of its numbers.
"""

import json
import math
import struct
import sys
from array import array

from axl_reference import torch

# Name in the file -> type, bytes of a number, code of the array module for the same bytes.
TYPES = {
    "F64": (torch.float64, 8, "d"),
    "F32": (torch.float32, 4, "f"),
    "I32": (torch.int32, 4, "i"),
    "BF16": (torch.bfloat16, 2, "h"),
    "F16": (torch.float16, 2, "h"),
}
NAMES = {row[0]: name for name, row in TYPES.items()}
LONGEST_HEADER = 100_000_000


def _to_bytes(tensor):
    flat = tensor.detach().contiguous().reshape(-1)
    _, size, code = TYPES[NAMES[tensor.dtype]]
    if size == 2:
        flat = flat.view(torch.int16)
    numbers = array(code, flat.tolist())
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _from_bytes(data, name, shape):
    dtype, size, code = TYPES[name]
    numbers = array(code)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    tensor = torch.tensor(numbers, dtype=torch.int16 if size == 2 else dtype)
    return tensor.view(dtype).reshape(shape)


def write(path, tensors, metadata=None):
    """tensors: name -> tensor of a type in TYPES; metadata: string -> string."""
    order = sorted(tensors, key=lambda n: (-TYPES[NAMES[tensors[n].dtype]][1], n))
    header, data, at = {}, [], 0
    if metadata:
        header["__metadata__"] = dict(sorted(metadata.items()))
    for name in order:
        data.append(_to_bytes(tensors[name]))
        header[name] = {
            "dtype": NAMES[tensors[name].dtype],
            "shape": list(tensors[name].shape),
            "data_offsets": [at, at + len(data[-1])],
        }
        at += len(data[-1])
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))


def _no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def _is_size(value):
    return type(value) is int and value >= 0


def _check_entry(name, entry):
    """Type, shape and offsets of one tensor, checked by themselves."""
    if type(entry) is not dict or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{name}: must have dtype, shape and data_offsets")
    if entry["dtype"] not in TYPES:
        raise ValueError(f"{name}: unknown dtype {entry['dtype']}")
    for field in ("shape", "data_offsets"):
        if type(entry[field]) is not list or not all(map(_is_size, entry[field])):
            raise ValueError(f"{name}: {field} must be a list of sizes")
    if len(entry["data_offsets"]) != 2:
        raise ValueError(f"{name}: data_offsets must be two numbers")
    begin, end = entry["data_offsets"]
    if end - begin != math.prod(entry["shape"]) * TYPES[entry["dtype"]][1]:
        raise ValueError(f"{name}: shape and data_offsets disagree")
    return begin, end


def parse(content):
    """The bytes of a file -> (name -> tensor, metadata). ValueError says what is wrong."""
    if len(content) < 8:
        raise ValueError("shorter than the length of a header")
    (length,) = struct.unpack_from("<Q", content)
    if length > min(LONGEST_HEADER, len(content) - 8):
        raise ValueError(f"a header of {length} bytes in a file of {len(content)}")
    text, data = content[8 : 8 + length], content[8 + length :]
    if not text.startswith(b"{"):
        raise ValueError("the header does not begin with {")
    header = json.loads(text.decode(), object_pairs_hook=_no_duplicates)
    metadata = header.pop("__metadata__", {})
    if type(metadata) is not dict or not all(type(v) is str for v in metadata.values()):
        raise ValueError("__metadata__ must map strings to strings")
    tensors, at = {}, 0
    ranges = sorted((_check_entry(name, entry), name) for name, entry in header.items())
    for (begin, end), name in ranges:
        if begin != at or end > len(data):
            raise ValueError(f"{name}: a gap, an overlap or data past the end")
        tensors[name] = _from_bytes(data[begin:end], header[name]["dtype"], header[name]["shape"])
        at = end
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes belong to no tensor")
    return tensors, metadata


def read(path):
    with open(path, "rb") as file:
        return parse(file.read())
