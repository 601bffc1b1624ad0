"""The executable specification of the model: plain tensor code that follows the design.

Nothing here is fast and nothing is clever; every other implementation is measured against it. Write
B for sequences, T for bytes, d for channels, H for heads, s = d / H for channels of a head, f for
the width of a feed-forward, V for symbols. Scale a = 0 fine, 1 medium, 2 coarse has groups of
k = 1, 2, 4 bytes and n_a = floor(T / k) states: a group that is not complete does not exist.

State j of scale a is born at its end time e_a(j) = k (j + 1) - 1, the position of its last byte,
and depends on bytes 0..e_a(j) only. This is the model as it is evaluated: without dropout.
"""

import math
import sys

try:
    import torch
except ImportError:
    print("PyTorch is missing (Debian: python3-torch, run with /usr/bin/python3)", file=sys.stderr)
    sys.exit(77)

FACTOR = (1, 2, 4)  # k of each scale
PAIRS = ((0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1))  # (a, b): a reads from b
BOS, EOS = 256, 257
IGNORED = 65535  # a target that does not count

# Fields of config.json and the values of those that may be absent.
CONFIG_FIELDS = (
    "vocab_size",
    "d_model",
    "n_heads",
    "d_ff",
    "n_layers_per_scale",
    "n_cross_attn_layers",
    "max_seq_len",
    "dropout",
    "rope_theta",
    "norm_eps",
    "fine_exit",
)
CONFIG_DEFAULTS = {
    "vocab_size": 258,
    "n_cross_attn_layers": 1,
    "max_seq_len": 256,
    "dropout": 0.0,
    "rope_theta": 10000.0,
    "norm_eps": 1e-5,
    "fine_exit": 0.1,
}

# Deliberate faults. A test of causality that does not catch each of them tests nothing.
LEAKS = (
    "own_group_up",  # a byte reads the state of the group it lies in, not of the last complete one
    "unmasked_stacks",  # the medium and coarse stacks attend without a mask
    "unmasked_cross",  # cross attention sees every state of the other scale
    "cross_one_too_many",  # cross attention sees one state that is not born yet
)


def complete_config(given):
    """The fields of a config.json, with defaults for those that are absent."""
    config = {**CONFIG_DEFAULTS, **given}
    missing = [name for name in CONFIG_FIELDS if name not in config]
    if missing:
        raise ValueError("config without " + ", ".join(missing))
    config = {name: config[name] for name in CONFIG_FIELDS}
    if config["d_model"] % (2 * config["n_heads"]) != 0:
        raise ValueError("n_heads must divide d_model into even parts")
    return config


def parameter_shapes(config):
    """Name -> shape of every tensor, in the order of the data flow. Matrices are [out, in]."""
    d, f, v = config["d_model"], config["d_ff"], config["vocab_size"]
    attention = {f"attn.{x}.weight": (d, d) for x in "qkvo"}
    feed_forward = {"ffn.w1.weight": (f, d), "ffn.w2.weight": (d, f), "ffn.w3.weight": (f, d)}
    ends = {"attn_scale": (d,), "ffn_norm.weight": (d,), "ffn_scale": (d,)}
    block = {"attn_norm.weight": (d,), **attention, **ends, **feed_forward}
    norms = {"q_norm.weight": (d,), "kv_norm.weight": (d,)}
    pair = {**norms, **attention, "null_k": (d,), "null_v": (d,), **ends, **feed_forward}

    shapes = {"embed.weight": (v, d)}
    for a in (1, 2):
        shapes[f"down.{a}.weight"] = (d, FACTOR[a] * d)
    for a in (0, 1, 2):
        for i in range(config["n_layers_per_scale"]):
            shapes.update({f"stacks.{a}.blocks.{i}.{name}": s for name, s in block.items()})
        shapes[f"stacks.{a}.norm.weight"] = (d,)
    for r in range(config["n_cross_attn_layers"]):
        for a, b in PAIRS:
            shapes.update({f"cross.{r}.{a}{b}.{name}": s for name, s in pair.items()})
    for a in (1, 2):
        shapes[f"up.{a}.weight"] = (FACTOR[a], d, d)
        shapes[f"start.{a}"] = (d,)
    shapes.update({"gate.weight": (3, 3 * d), "fuse.weight": (d, d), "norm.weight": (d,)})
    return shapes


def count_parameters(config):
    return sum(math.prod(shape) for shape in parameter_shapes(config).values())


def end_time(a, j):
    """The position of the last byte of group j of scale a."""
    return FACTOR[a] * (j + 1) - 1


class Reference:
    """Computes in the type of its parameters, which are a dictionary name -> tensor."""

    def __init__(self, config, parameters, leak=None):
        shapes = parameter_shapes(config)
        given = {name: tuple(tensor.shape) for name, tensor in parameters.items()}
        wrong = {n for n in shapes.keys() | given.keys() if shapes.get(n) != given.get(n)}
        if wrong:
            raise ValueError("missing, unknown or of wrong shape: " + ", ".join(sorted(wrong)))
        if leak is not None and leak not in LEAKS:
            raise ValueError("no such leak: " + leak)
        self.config, self.p, self.leak = config, parameters, leak

    # Parts.

    def rms(self, x, gain):
        """x [..., d] / sqrt(mean(x^2) + eps) * gain [d]."""
        mean_square = (x * x).mean(dim=-1, keepdim=True)
        return x / torch.sqrt(mean_square + self.config["norm_eps"]) * gain

    def softmax(self, scores):
        """Over the last dimension; a score of -inf has no share."""
        return torch.softmax(scores, dim=-1)

    def feed_forward(self, x, prefix):
        """W2( (W1 x) * SiLU(W3 x) ): x [B, n, d] -> [B, n, d]."""
        w1, w2, w3 = (self.p[f"{prefix}ffn.{w}.weight"] for w in ("w1", "w2", "w3"))
        gate = x @ w3.T  # [B, n, f]
        return ((x @ w1.T) * (gate * torch.sigmoid(gate))) @ w2.T

    def heads(self, x):
        """[B, n, d] -> [B, H, n, s]; head h has channels h s .. h s + s - 1."""
        batch, n, d = x.shape
        count = self.config["n_heads"]
        return x.reshape(batch, n, count, d // count).transpose(1, 2)

    def rope(self, x, position):
        """Turns channels 2i, 2i+1 of each head of x [B, H, n, s] by position[j] theta^(-2i/s)."""
        size = x.shape[-1]
        even = torch.arange(0, size, 2, dtype=x.dtype)  # 2i: [s/2]
        angle = position.to(x.dtype)[:, None] * self.config["rope_theta"] ** (-even / size)
        c, s = torch.cos(angle), torch.sin(angle)  # [n, s/2]
        x0, x1 = x[..., 0::2], x[..., 1::2]
        return torch.stack((x0 * c - x1 * s, x1 * c + x0 * s), dim=-1).reshape(x.shape)

    def attention(self, prefix, query, source, visible):
        """Multi-head attention from query = (x, a) to source = (x, b), x normed [B, n, d].

        Query i sees the first visible[i] states of the source, and the null key where the pair
        has one. Positions are end times; the null key is not rotated, values never are.
        """
        (x, a), (y, b) = query, source
        wq, wk, wv, wo = (self.p[f"{prefix}attn.{m}.weight"] for m in "qkvo")
        n, m = x.shape[1], y.shape[1]
        position_q = torch.tensor([end_time(a, i) for i in range(n)])
        position_k = torch.tensor([end_time(b, j) for j in range(m)])
        q = self.rope(self.heads(x @ wq.T), position_q)  # [B, H, n, s]
        k = self.rope(self.heads(y @ wk.T), position_k)  # [B, H, m, s]
        v = self.heads(y @ wv.T)  # [B, H, m, s]
        hidden = torch.tensor([[j >= visible[i] for j in range(m)] for i in range(n)])  # [n, m]
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])  # [B, H, n, m]
        scores = scores.masked_fill(hidden.reshape(n, m).bool(), -math.inf)
        if prefix + "null_k" in self.p:
            null_k = self.heads(self.p[prefix + "null_k"].expand(x.shape[0], 1, -1))
            null_v = self.heads(self.p[prefix + "null_v"].expand(x.shape[0], 1, -1))
            null_score = q @ null_k.transpose(-1, -2) / math.sqrt(q.shape[-1])  # [B, H, n, 1]
            scores = torch.cat((null_score, scores), dim=-1)  # [B, H, n, 1 + m]
            v = torch.cat((null_v, v), dim=-2)  # [B, H, 1 + m, s]
        out = self.softmax(scores) @ v  # [B, H, n, s]
        return out.transpose(1, 2).reshape(x.shape) @ wo.T  # [B, n, d]

    # The model, in the order of the data flow.

    def embed_and_down(self, ids):
        """ids [B, T] -> the input of each stack, [B, n_a, d]."""
        z0 = self.p["embed.weight"][ids]  # [B, T, d]
        z = [z0]
        for a in (1, 2):
            k = FACTOR[a]
            n = ids.shape[1] // k
            groups = z0[:, : n * k].reshape(z0.shape[0], n, k * z0.shape[2])  # [B, n, k d]
            z.append(groups @ self.p[f"down.{a}.weight"].T)
        return z

    def stack(self, a, h):
        """h [B, n_a, d] -> [B, n_a, d]."""
        n = h.shape[1]
        visible = [j + 1 for j in range(n)]
        if self.leak == "unmasked_stacks" and a > 0:
            visible = [n] * n
        for i in range(self.config["n_layers_per_scale"]):
            block = f"stacks.{a}.blocks.{i}."
            x = self.rms(h, self.p[block + "attn_norm.weight"])
            h = h + self.p[block + "attn_scale"] * self.attention(block, (x, a), (x, a), visible)
            x = self.rms(h, self.p[block + "ffn_norm.weight"])
            h = h + self.p[block + "ffn_scale"] * self.feed_forward(x, block)
        return self.rms(h, self.p[f"stacks.{a}.norm.weight"])

    def visible_cross(self, a, b, n, m):
        """How many of the m states of scale b each of the n states of scale a sees."""
        visible = [(end_time(a, i) + 1) // FACTOR[b] for i in range(n)]
        if self.leak == "cross_one_too_many":
            visible = [min(count + 1, m) for count in visible]
        if self.leak == "unmasked_cross":
            visible = [m] * n
        return visible

    def cross_round(self, r, h):
        """h: three of [B, n_a, d] -> the same. All six pairs read the states before the round."""
        after = list(h)
        for a, b in PAIRS:
            pair = f"cross.{r}.{a}{b}."
            q = self.rms(h[a], self.p[pair + "q_norm.weight"])
            kv = self.rms(h[b], self.p[pair + "kv_norm.weight"])
            visible = self.visible_cross(a, b, h[a].shape[1], h[b].shape[1])
            o = self.p[pair + "attn_scale"] * self.attention(pair, (q, a), (kv, b), visible)
            x = self.rms(h[a] + o, self.p[pair + "ffn_norm.weight"])
            after[a] = after[a] + o + self.p[pair + "ffn_scale"] * self.feed_forward(x, pair)
        return after

    def up(self, a, h, length):
        """h [B, n_a, d] -> what each byte reads of scale a, [B, T, d]."""
        if a == 0:
            return h
        k, u = FACTOR[a], []
        for t in range(length):
            j, r = (t + 1) // k - 1, (t + 1) % k
            if self.leak == "own_group_up" and t // k < h.shape[1]:
                j, r = t // k, t % k
            state = h[:, j] if j >= 0 else self.p[f"start.{a}"].expand(h.shape[0], -1)  # [B, d]
            u.append(state @ self.p[f"up.{a}.weight"][r].T)
        return torch.stack(u, dim=1)

    def head(self, u):
        """u: three of [B, T, d] -> logits [B, T, V]."""
        g = self.softmax(torch.cat(u, dim=-1) @ self.p["gate.weight"].T)  # [B, T, 3]
        y = g[..., 0:1] * u[0] + g[..., 1:2] * u[1] + g[..., 2:3] * u[2]  # [B, T, d]
        y = self.rms(y @ self.p["fuse.weight"].T, self.p["norm.weight"])
        return y @ self.p["embed.weight"].T

    def forward(self, ids):
        """ids [B, T], T >= 1 -> logits and the fine exit's logits, both [B, T, V].

        Row t is the distribution of the symbol after ids[:, t]. The fine exit is the fine stack
        alone: its output before cross attention, which the stack has normed already.
        """
        z = self.embed_and_down(ids)
        h = [self.stack(a, z[a]) for a in (0, 1, 2)]
        exit_logits = h[0] @ self.p["embed.weight"].T
        for r in range(self.config["n_cross_attn_layers"]):
            h = self.cross_round(r, h)
        u = [self.up(a, h[a], ids.shape[1]) for a in (0, 1, 2)]
        return self.head(u), exit_logits


def cross_entropy(logits, targets):
    """Mean over the targets that count, in nats: logits [B, T, V], targets [B, T]."""
    counted = targets != IGNORED
    safe = torch.where(counted, targets, torch.zeros_like(targets))
    log_p = torch.log_softmax(logits, dim=-1).gather(-1, safe[..., None])[..., 0]  # [B, T]
    return -log_p[counted].sum() / counted.sum()


def training_loss(logits, exit_logits, targets, fine_exit):
    """What training minimises."""
    return cross_entropy(logits, targets) + fine_exit * cross_entropy(exit_logits, targets)
