"""The same model as a skilled user of PyTorch writes it, for the benchmark: modules, few and large
products, masks and rotations made once. test_reference.py holds it to the specification."""

from axl_reference import FACTOR, PAIRS, torch

nn, F = torch.nn, torch.nn.functional

# Tensors of the specification that one product multiplies with here, by the name they get.
JOINED = {
    "attn.qkv": ("attn.q.weight", "attn.k.weight", "attn.v.weight"),
    "attn.kv": ("attn.k.weight", "attn.v.weight"),
    "ffn.w13": ("ffn.w1.weight", "ffn.w3.weight"),
}


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


def unit(x, eps):
    """x / sqrt(mean(x^2) + eps), computed in f32."""
    wide = x.float() if x.dtype == torch.bfloat16 else x
    return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)).type_as(x)


class FeedForward(nn.Module):
    def __init__(self, d, f):
        super().__init__()
        self.w13, self.w2 = linear(d, 2 * f), linear(f, d)

    def forward(self, x):
        value, gate = self.w13(x).chunk(2, dim=-1)
        return self.w2(value * F.silu(gate))


class Attention(nn.Module):
    """Projections; queries and sources are the same states (qkv) or different ones (q, kv)."""

    def __init__(self, d, heads, own):
        super().__init__()
        self.heads = heads
        if own:
            self.qkv = linear(d, 3 * d)
        else:
            self.q, self.kv = linear(d, d), linear(d, 2 * d)
        self.o = linear(d, d)

    def split(self, x, parts):
        """[B, n, parts d] -> parts of [B, H, n, s]."""
        batch, n, width = x.shape
        size = width // (parts * self.heads)
        return x.view(batch, n, parts, self.heads, size).permute(2, 0, 3, 1, 4).unbind(0)

    def join(self, x):
        """[B, H, n, s] -> [B, n, d], times Wo."""
        return self.o(x.transpose(1, 2).flatten(2))


def rotate(x, turns):
    """x [B, H, n, s] by unit complex numbers, turns [n, s/2]."""
    wide = x.float() if x.dtype == torch.bfloat16 else x
    pairs = torch.view_as_complex(wide.unflatten(-1, (x.shape[-1] // 2, 2)).contiguous())
    return torch.view_as_real(pairs * turns).flatten(3).type_as(x)


def attend(q, k, v, hidden):
    """hidden [n, m]: 0 where a query sees a source, else -inf."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    return torch.softmax(scores + hidden, dim=-1) @ v


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, self.eps = c["d_model"], c["norm_eps"]
        self.attn = Attention(d, c["n_heads"], own=True)
        self.ffn = FeedForward(d, c["d_ff"])
        for name in ("attn_norm", "attn_scale", "ffn_norm", "ffn_scale"):
            setattr(self, name, nn.Parameter(torch.ones(d)))

    def forward(self, h, turns, hidden):
        q, k, v = self.attn.split(self.attn.qkv(unit(h, self.eps) * self.attn_norm), 3)
        o = attend(rotate(q, turns), rotate(k, turns), v, hidden)
        h = h + self.attn_scale * self.attn.join(o)
        return h + self.ffn_scale * self.ffn(unit(h, self.eps) * self.ffn_norm)


class Stack(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.eps = c["norm_eps"]
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["n_layers_per_scale"]))
        self.norm = nn.Parameter(torch.ones(c["d_model"]))

    def forward(self, h, turns, hidden):
        for block in self.blocks:
            h = block(h, turns, hidden)
        return unit(h, self.eps) * self.norm


class Pair(nn.Module):
    """a reads from b."""

    def __init__(self, c):
        super().__init__()
        d, self.eps = c["d_model"], c["norm_eps"]
        self.attn = Attention(d, c["n_heads"], own=False)
        self.ffn = FeedForward(d, c["d_ff"])
        for name in ("q_norm", "kv_norm", "attn_scale", "ffn_norm", "ffn_scale"):
            setattr(self, name, nn.Parameter(torch.ones(d)))
        self.null_k, self.null_v = nn.Parameter(torch.zeros(d)), nn.Parameter(torch.zeros(d))

    def null(self, state, batch):
        return state.view(1, self.attn.heads, 1, -1).expand(batch, -1, -1, -1)

    def forward(self, a, b, hidden):
        """a = (states, unit states [B, n, d], turns), b = (unit states, turns) -> gain of a."""
        (h, x, turns_q), (y, turns_k) = a, b
        (q,) = self.attn.split(self.attn.q(x * self.q_norm), 1)
        k, v = self.attn.split(self.attn.kv(y * self.kv_norm), 2)
        k = torch.cat((self.null(self.null_k, len(h)).type_as(k), rotate(k, turns_k)), dim=2)
        v = torch.cat((self.null(self.null_v, len(h)).type_as(v), v), dim=2)
        o = self.attn_scale * self.attn.join(attend(rotate(q, turns_q), k, v, hidden))
        return o + self.ffn_scale * self.ffn(unit(h + o, self.eps) * self.ffn_norm)


class FastModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        d, self.config = config["d_model"], config
        self.embed = nn.Embedding(config["vocab_size"], d)
        self.down = nn.ModuleDict({str(a): linear(FACTOR[a] * d, d) for a in (1, 2)})
        self.stacks = nn.ModuleList(Stack(config) for _ in FACTOR)
        rounds = range(config["n_cross_attn_layers"])
        self.cross = nn.ModuleList(
            nn.ModuleDict({f"{a}{b}": Pair(config) for a, b in PAIRS}) for _ in rounds
        )
        self.up = nn.ParameterDict({str(a): torch.zeros(FACTOR[a], d, d) for a in (1, 2)})
        self.start = nn.ParameterDict({str(a): torch.zeros(d) for a in (1, 2)})
        self.gate, self.fuse = linear(3 * d, 3), linear(d, d)
        self.norm = nn.Parameter(torch.ones(d))
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=p.shape[-1] ** -0.5)
        self.times = {}

    def load_specification(self, tensors):
        """tensors: name -> tensor, by the names of the specification."""
        state = {}
        for name in self.state_dict():
            stem, mine = name, ""
            for joined in JOINED:
                if name.endswith(f".{joined}.weight"):
                    stem, mine = name[: -len(joined) - len("weight.")], joined
            if mine:
                state[name] = torch.cat([tensors[stem + part] for part in JOINED[mine]])
            else:
                state[name] = tensors[name] if name in tensors else tensors[name + ".weight"]
        self.load_state_dict(state)
        return self

    def timeline(self, length, dtype):
        """Turns of each scale, hidden pairs of each stack and each cross attention; kept."""
        if (length, dtype) in self.times:
            return self.times[length, dtype]
        c = self.config
        size = c["d_model"] // c["n_heads"]
        wide = torch.float64 if dtype == torch.float64 else torch.float32
        speed = c["rope_theta"] ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
        ends = [torch.arange(length // k) * k + k - 1 for k in FACTOR]
        angles = [torch.outer(e.double(), speed).to(wide) for e in ends]
        turns = [torch.polar(torch.ones_like(angle), angle) for angle in angles]
        hidden = {}
        for a in range(3):
            for b in range(3):
                unborn = ends[b][None, :] > ends[a][:, None]
                mask = torch.zeros(unborn.shape, dtype=dtype).masked_fill(unborn, float("-inf"))
                hidden[a, b] = mask if a == b else F.pad(mask, (1, 0))
        self.times[length, dtype] = turns, hidden
        return turns, hidden

    def cross_round(self, pairs, h, turns, hidden):
        x = [unit(states, self.config["norm_eps"]) for states in h]
        gain = {
            (a, b): pairs[f"{a}{b}"]((h[a], x[a], turns[a]), (x[b], turns[b]), hidden[a, b])
            for a, b in PAIRS
        }
        return [h[a] + sum(gain[pair] for pair in PAIRS if pair[0] == a) for a in range(3)]

    def raise_scale(self, a, h, length):
        """Every state (the start state first) through all k slices; byte t reads the row t + 1."""
        batch, n, d = h.shape
        k, weight = FACTOR[a], self.up[str(a)].view(-1, d)
        states = torch.cat((self.start[str(a)].type_as(h).expand(batch, 1, d), h), dim=1)
        return F.linear(states, weight).view(batch, (n + 1) * k, d)[:, 1 : length + 1]

    def forward(self, ids, with_exit=True):
        """ids [B, T] -> logits and, with_exit, the fine exit's logits, [B, T, V]."""
        batch, length = ids.shape
        z = self.embed(ids)  # [B, T, d]
        turns, hidden = self.timeline(length, z.dtype)
        h = [self.stacks[0](z, turns[0], hidden[0, 0])]
        for a in (1, 2):
            n = length // FACTOR[a]
            groups = z[:, : n * FACTOR[a]].reshape(batch, n, FACTOR[a] * z.shape[2])
            h.append(self.stacks[a](self.down[str(a)](groups), turns[a], hidden[a, a]))
        exit_logits = F.linear(h[0], self.embed.weight) if with_exit else None
        for pairs in self.cross:
            h = self.cross_round(pairs, h, turns, hidden)
        u = torch.stack([h[0]] + [self.raise_scale(a, h[a], length) for a in (1, 2)], dim=2)
        share = torch.softmax(self.gate(u.flatten(2)), dim=-1)  # u [B, T, 3, d]
        y = self.fuse((share[..., None].type_as(u) * u).sum(2))
        y = unit(y, self.config["norm_eps"]) * self.norm
        return F.linear(y, self.embed.weight), exit_logits
