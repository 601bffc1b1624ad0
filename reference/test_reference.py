#!/usr/bin/python3
"""Tests of the specification and of what stands beside it. Exit 0, 1, or 77 without PyTorch."""

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import traceback

import make_golden
import random_models
import safetensors_file
from axl_reference import (
    BOS,
    LEAKS,
    PAIRS,
    Reference,
    complete_config,
    count_parameters,
    end_time,
    parameter_shapes,
    torch,
    training_loss,
)
from axl_window import stride, window_logits
from fast_model import JOINED, FastModel
from model_files import random_parameters, read_model

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "tests", "golden")

# d_model, d_ff, n_layers_per_scale, published count.
PUBLISHED = (
    (1024, 2752, 6, 317_590_528),
    (288, 768, 4, 19_098_720),
    (256, 688, 4, 15_174_400),
    (224, 608, 3, 9_870_112),
    (192, 512, 3, 7_182_144),
    (256, 688, 3, 12_799_744),
)


def small(**fields):
    """A small model with every part in it: config, float64 parameters."""
    given = {"d_model": 8, "n_heads": 2, "d_ff": 5, "n_layers_per_scale": 1, **fields}
    config = complete_config(given)
    return config, {n: p.double() for n, p in random_parameters(config, "test").items()}


def symbols(batch, length, seed=1):
    """[B, T], BOS first."""
    ids = torch.randint(0, 258, (batch, length), generator=torch.Generator().manual_seed(seed))
    ids[:, 0] = BOS
    return ids


def test_parameter_counts():
    for d, f, layers, published in PUBLISHED:
        fields = {"d_model": d, "n_heads": 1, "d_ff": f, "n_layers_per_scale": layers}
        assert count_parameters(complete_config(fields)) == published, (d, published)
    v, d, f, layers, rounds = 264, 6, 7, 3, 2
    fields = {"vocab_size": v, "d_model": d, "n_heads": 1, "d_ff": f}
    config, parameters = small(**fields, n_layers_per_scale=layers, n_cross_attn_layers=rounds)
    core = 4 * d * d + 3 * d * f
    formula = v * d + 3 * layers * (core + 4 * d) + 6 * rounds * (core + 7 * d)
    formula += 13 * d * d + 15 * d
    assert count_parameters(config) == formula
    assert sum(p.numel() for p in parameters.values()) == formula


def test_wrong_parameters_are_refused():
    config, parameters = small()
    unknown = {**parameters, "extra.weight": torch.zeros(1)}
    missing = {n: p for n, p in parameters.items() if n != "cross.0.21.null_k"}
    shaped = {**parameters, "gate.weight": torch.zeros(3, 8)}
    for faulty in (unknown, missing, shaped):
        try:
            Reference(config, faulty)
        except ValueError:
            continue
        raise AssertionError("accepted")


def faults(model, length):
    """Pairs of a byte and an earlier logit that it changes, over every byte of a sequence."""
    ids = symbols(1, length)
    logits, exits = model.forward(ids)
    count = 0
    for c in range(length):
        changed = ids.clone()
        changed[0, c] = (changed[0, c] + 101) % 258
        other, other_exits = model.forward(changed)
        count += int((other[0, :c] != logits[0, :c]).any(dim=-1).sum())
        count += int((other_exits[0, :c] != exits[0, :c]).any(dim=-1).sum())
        assert not torch.equal(other[0, c], logits[0, c]), "the byte has no effect at all"
        assert not torch.equal(other_exits[0, c], exits[0, c]), "nor on the fine exit"
    return count


def test_no_logit_depends_on_a_later_byte():
    config, parameters = small(n_cross_attn_layers=2)
    for length in range(1, 20):
        assert faults(Reference(config, parameters), length) == 0, length


def test_every_leak_is_caught():
    config, parameters = small()
    for leak in LEAKS:
        for length in (8, 11, 12, 19):
            assert faults(Reference(config, parameters, leak), length) > 0, (leak, length)


def test_a_prefix_has_the_same_logits():
    config, parameters = small(n_layers_per_scale=2)
    model, ids = Reference(config, parameters), symbols(2, 19)
    for whole, name in zip(model.forward(ids), ("logits", "exit")):
        for length in range(1, 19):
            part = model.forward(ids[:, :length])[name == "exit"]
            assert torch.allclose(part, whole[:, :length], rtol=0, atol=1e-11), (name, length)


class Watched(Reference):
    """Notes the shares that every softmax gives: shape, largest error of a sum, smallest share."""

    def softmax(self, scores):
        share = super().softmax(scores)
        self.seen.append((tuple(share.shape), (share.sum(dim=-1) - 1).abs(), share))
        return share


def test_softmaxes_share_out_everything():
    length, heads = 7, 2
    model = Watched(*small(n_heads=heads))
    model.seen = []
    model.forward(symbols(1, length))
    states = (length, length // 2, length // 4)
    expected = [(1, heads, n, n) for n in states]
    expected += [(1, heads, states[a], 1 + states[b]) for a, b in PAIRS]
    assert [shape for shape, _, _ in model.seen] == expected + [(1, length, 3)]
    for shape, error, share in model.seen:
        assert error.max() < 1e-14 and share.min() >= 0, shape
    for (a, b), (shape, _, share) in zip(PAIRS, model.seen[3:9]):
        assert (share[..., 0] > 0).all(), "the null key is always seen"
        for i in range(states[a]):
            born = (2**a * (i + 1)) // 2**b
            assert (share[0, :, i, 1 : 1 + born] > 0).all(), (a, b, i)
            assert (share[0, :, i, 1 + born :] == 0).all(), (a, b, i)


class AtOnce(Reference):
    """Past the context without a window: over the whole sequence, with a mask that hides what was
    forgotten when the query came. Turning query and key back by as much changes no product of the
    two, so that only the null key, which is never turned, notices that positions restart."""

    def gone(self, t):
        """Bytes that are forgotten when byte t is there."""
        window = self.config["max_seq_len"]
        steps = max(0, math.ceil((t + 1 - window) / stride(window)))
        return steps * stride(window)

    def attention(self, prefix, query, source, visible):
        (x, a), (y, b) = query, source
        outs = []
        for i in range(x.shape[1]):
            first = self.gone(end_time(a, i)) // 2**b
            seen = list(range(first, visible[i]))
            outs.append(self.attend(prefix, (x[:, i : i + 1], end_time(a, i)), (y, b), seen))
        return torch.cat(outs, dim=1) if outs else x

    def attend(self, prefix, query, source, seen):
        (x, time), (y, b) = query, source
        wq, wk, wv, wo = (self.p[f"{prefix}attn.{m}.weight"] for m in "qkvo")
        q = self.heads(x @ wq.T)
        times = torch.tensor([end_time(b, j) for j in seen])
        k, v = self.rope(self.heads(y[:, seen] @ wk.T), times), self.heads(y[:, seen] @ wv.T)
        scores = self.rope(q, torch.tensor([time])) @ k.transpose(-1, -2)
        if prefix + "null_k" in self.p:
            position = torch.tensor([time - self.gone(time)])
            null_k = self.heads(self.p[prefix + "null_k"].reshape(x.shape))
            null_v = self.heads(self.p[prefix + "null_v"].reshape(x.shape))
            null_score = self.rope(q, position) @ null_k.transpose(-1, -2)
            scores, v = torch.cat((scores, null_score), dim=-1), torch.cat((v, null_v), dim=2)
        out = self.softmax(scores / math.sqrt(q.shape[-1])) @ v
        return out.transpose(1, 2).reshape(x.shape) @ wo.T

    def up(self, a, h, length):
        u = super().up(a, h, length)
        for t in range(length):
            if a > 0 and (t + 1) // 2**a <= self.gone(t) // 2**a:  # that state is forgotten
                u[:, t] = self.p[f"start.{a}"] @ self.p[f"up.{a}.weight"][(t + 1) % 2**a].T
        return u


def test_window():
    assert [stride(w) for w in (4, 8, 16, 28, 32, 36, 256)] == [4, 4, 4, 4, 8, 8, 64]
    cases = [{"max_seq_len": w} for w in (4, 8, 12, 36)]
    cases += [{"max_seq_len": 32, "n_cross_attn_layers": 2, "n_layers_per_scale": 2}]
    cases += [{"max_seq_len": 20, "n_cross_attn_layers": 0}]
    for fields in cases:
        config, parameters = small(**fields)
        window = config["max_seq_len"]
        ids = symbols(1, 2 * window + 7)
        ids[0, window] = BOS
        slid = window_logits(config, parameters, ids[0].tolist())
        within, _ = Reference(config, parameters).forward(ids[:, :window])
        assert torch.allclose(slid[:window], within[0], rtol=0, atol=1e-11), fields
        whole, _ = AtOnce(config, parameters).forward(ids)
        assert torch.allclose(slid, whole[0], rtol=0, atol=1e-11), fields
        endless, _ = Reference(config, parameters).forward(ids)
        assert (slid[window] - endless[0, window]).abs().max() > 1e-4, "nothing was forgotten"
        if window == 4:  # all of it is forgotten
            alone, _ = Reference(config, parameters).forward(ids[:, 4:8])
            assert torch.allclose(slid[4:8], alone[0], rtol=0, atol=1e-11)


def test_loss_skips_ignored_targets():
    logits = torch.tensor([[[0.0, 1.0, 2.0], [3.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]).double()
    loss = training_loss(logits, 2 * logits, torch.tensor([[2, 65535, 1]]), 0.5)
    log3 = torch.tensor(3.0).double().log()
    main = (torch.logsumexp(logits[0, 0], 0) - 2 + log3) / 2
    fine = (torch.logsumexp(2 * logits[0, 0], 0) - 4 + log3) / 2
    assert abs(loss - (main + 0.5 * fine)) < 1e-15


def gradients(loss, tensors):
    return dict(zip(tensors, torch.autograd.grad(loss, list(tensors.values()))))


def assert_same_gradients(mine, fast):
    """Both name -> gradient; joined tensors of the fast model are compared part by part."""
    for name, gradient in fast.items():
        stem = next((j for j in JOINED if name.endswith(f".{j}.weight")), None)
        parts = [name if name in mine else name + ".weight"]
        if stem:
            parts = [name[: -len(stem + ".weight")] + part for part in JOINED[stem]]
        expected = [mine[part] for part in parts]
        error = (torch.cat(expected) - gradient).abs().max()
        assert error < 1e-11, (name, error)


def test_fast_model_equals_the_specification():
    shapes = (
        {"d_model": 12, "n_heads": 3, "n_layers_per_scale": 2, "n_cross_attn_layers": 2},
        {"d_model": 6, "n_heads": 1, "n_cross_attn_layers": 0, "vocab_size": 264},
    )
    for fields in shapes:
        config, parameters = small(**fields)
        fast = FastModel(config).double().load_specification(parameters)
        for p in parameters.values():
            p.requires_grad_()
        for length in (1, 2, 3, 4, 7, 13, 32):
            ids, targets = symbols(2, length), symbols(2, length, seed=2)
            mine, theirs = Reference(config, parameters).forward(ids), fast(ids)
            for x, y in zip(mine, theirs):
                assert torch.allclose(x, y, rtol=0, atol=1e-11), (fields, length)
            if length < 4:
                continue  # PyTorch 1.13 cannot differentiate view_as_complex of no numbers
            losses = [training_loss(*logits, targets, 0.3) for logits in (mine, theirs)]
            assert_same_gradients(
                gradients(losses[0], parameters),
                gradients(losses[1], dict(fast.named_parameters())),
            )


def test_golden_files_are_what_the_specification_says():
    with tempfile.TemporaryDirectory() as folder:
        make_golden.make_set(folder, "small")
        names = [entry for entry in os.listdir(GOLDEN) if entry != "README.md"]
        assert sorted(os.listdir(folder)) == sorted(names)
        for name in names:
            for file in ("model.safetensors", "case.safetensors"):
                kept, _ = safetensors_file.read(os.path.join(GOLDEN, name, file))
                made, _ = safetensors_file.read(os.path.join(folder, name, file))
                assert list(kept) == list(made), (name, file)
                for tensor in kept:
                    # The last bits may depend on the BLAS; the inputs may not.
                    x, y = kept[tensor].double(), made[tensor].double()
                    assert (x - y).abs().max() <= 2e-7 * y.abs().max(), (name, file, tensor)
                    if file == "model.safetensors" or tensor in ("ids", "targets"):
                        assert torch.equal(x, y), (name, tensor)
            configs = [os.path.join(at, name, "config.json") for at in (GOLDEN, folder)]
            assert open(configs[0]).read() == open(configs[1]).read(), name


def test_safetensors_round_trip():
    types = (torch.float64, torch.float32, torch.int32, torch.bfloat16, torch.float16)
    tensors = {str(t): (torch.arange(-3, 4) * 3).to(t).reshape(7, 1) for t in types}
    tensors["empty"], tensors["scalar"] = torch.zeros(0, 4), torch.tensor(2.5)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.safetensors")
        safetensors_file.write(path, tensors, {"b": "2", "a": "\u00e9"})
        back, metadata = safetensors_file.read(path)
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
    assert length % 8 == 0 and metadata == {"a": "\u00e9", "b": "2"}
    assert back.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert back[name].dtype == tensor.dtype and torch.equal(back[name], tensor), name


def packed(header, data=b""):
    text = header if type(header) is bytes else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(begin, end, shape=(1,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def test_malformed_safetensors_are_refused():
    good = packed({"x": entry(0, 4)}, b"\0" * 4)
    assert torch.equal(safetensors_file.parse(good)[0]["x"], torch.zeros(1))
    twice = b'{"x":%s,"x":%s}' % ((json.dumps(entry(0, 4)).encode(),) * 2)
    malformed = {
        "nothing": b"",
        "no header": good[:7],
        "header cut off": good[:20],
        "header longer than the file": struct.pack("<Q", 1 << 63) + good[8:],
        "data cut off": good[:-1],
        "data left over": good + b"\0",
        "no JSON": packed(b"{x}"),
        "not UTF-8": packed(b'{"\xff":1}'),
        "a list": packed(b"[]"),
        "space before the brace": packed(b" {}"),
        "a name twice": packed(twice, b"\0" * 4),
        "a gap": packed({"x": entry(4, 8)}, b"\0" * 8),
        "an overlap": packed({"x": entry(0, 8, (2,)), "y": entry(4, 8)}, b"\0" * 8),
        "a wrong size": packed({"x": entry(0, 4, (2,))}, b"\0" * 4),
        "a negative size": packed({"x": entry(0, 4, (-1, -1))}, b"\0" * 4),
        "a size that is no number": packed({"x": entry(0, 4, (True,))}, b"\0" * 4),
        "backwards": packed({"x": entry(4, 0)}, b"\0" * 4),
        "an unknown type": packed({"x": entry(0, 4, dtype="F31")}, b"\0" * 4),
        "an unknown field": packed({"x": {**entry(0, 4), "y": 1}}, b"\0" * 4),
        "metadata with a number": packed({"__metadata__": {"x": 1}}),
    }
    for what, content in malformed.items():
        try:
            safetensors_file.parse(content)
        except ValueError:
            continue
        raise AssertionError(what)


def run_compare(folder, logits):
    """Writes logits as `axl eval logits` does; -> exit code of compare.py."""
    path = os.path.join(folder, "logits.bin")
    numbers = logits.float().flatten().tolist()
    with open(path, "wb") as file:
        file.write(struct.pack(f"<{len(numbers)}f", *numbers))
    command = [sys.executable, os.path.join(HERE, "compare.py"), folder]
    command += [os.path.join(folder, "input.bin"), path]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_comparison_of_random_models():
    with tempfile.TemporaryDirectory() as folder:
        for index in (0, 2, 3):  # F32, BF16, longer than the context
            at = os.path.join(folder, str(index))
            random_models.make_model(at, index, "test")
            config, parameters = read_model(at)
            assert parameters.keys() == parameter_shapes(config).keys()
            with open(os.path.join(at, "input.bin"), "rb") as file:
                ids = [BOS] + list(file.read())
            assert (len(ids) > config["max_seq_len"]) == (index == 3)
            logits = window_logits(config, parameters, ids)
            assert run_compare(at, logits) == 0
            assert run_compare(at, logits[:-1]) == 2
            for change in (0.01, float("nan")):
                wrong = logits.clone()
                wrong[-1, 7] += change
                assert run_compare(at, wrong) == 1, change


def main():
    torch.set_num_threads(1)
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            print(f"ok      {name}")
        except Exception:  # any, so that the others run too
            failed += 1
            print(f"FAILED  {name}")
            traceback.print_exc()
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
