"""The specification of what happens past the context: one sequence of any length, byte by byte.

The window holds the last bytes of the sequence, at most W = max_seq_len of them. Before a byte that
finds W bytes in it, the oldest S are forgotten in whole coarse groups: their keys and values leave
every attention, their final states too. What remains moves up: positions are those of the window,
the first byte that is still known has position 0. Remaining states keep what they have seen.

Up to W bytes this is the same as axl_reference.py, which computes all bytes at once.
"""

import math

from axl_reference import FACTOR, PAIRS, Reference, torch


def stride(window):
    """S, the bytes that are forgotten at a time: a quarter of the window in coarse groups."""
    return max(4, window // 4 // 4 * 4)


class State:
    """A state of one scale and what others read of it."""

    def __init__(self, position):
        self.position = position  # its end time in the window; less when the window slides
        self.keys = {}  # prefix of an attention -> [1, H, 1, s], not rotated
        self.values = {}  # the same
        self.final = None  # after the last round: [1, 1, d]


class Window:
    def __init__(self, config, parameters):
        self.config, self.p = config, parameters
        self.parts = Reference(config, parameters)
        self.ids = []  # in the window
        self.states = ([], [], [])  # of each scale, oldest first

    def forget(self):
        count = stride(self.config["max_seq_len"])
        del self.ids[:count]
        for a in (0, 1, 2):
            del self.states[a][: count // FACTOR[a]]
            for state in self.states[a]:
                state.position -= count

    def publish(self, prefix, state, x):
        """x [1, 1, d], normed: what `state` shows to the attention of this prefix."""
        state.keys[prefix] = self.parts.heads(x @ self.p[prefix + "attn.k.weight"].T)
        state.values[prefix] = self.parts.heads(x @ self.p[prefix + "attn.v.weight"].T)

    def attention(self, prefix, x, position, sources):
        """x [1, 1, d], normed, reads every state in sources, and the null key of a pair."""
        wq, wo = self.p[prefix + "attn.q.weight"], self.p[prefix + "attn.o.weight"]
        heads, rope = self.parts.heads, self.parts.rope
        q = rope(heads(x @ wq.T), torch.tensor([position]))  # [1, H, 1, s]
        k = [rope(state.keys[prefix], torch.tensor([state.position])) for state in sources]
        v = [state.values[prefix] for state in sources]
        if prefix + "null_k" in self.p:
            k.insert(0, heads(self.p[prefix + "null_k"].reshape(x.shape)))
            v.insert(0, heads(self.p[prefix + "null_v"].reshape(x.shape)))
        scores = q @ torch.cat(k, dim=2).transpose(-1, -2) / math.sqrt(q.shape[-1])
        out = self.parts.softmax(scores) @ torch.cat(v, dim=2)  # [1, H, 1, s]
        return out.transpose(1, 2).reshape(x.shape) @ wo.T

    def stack(self, a, state):
        """The newest state of scale a through the blocks: [1, 1, d]."""
        group = torch.tensor([self.ids[-FACTOR[a] :]])
        h = self.parts.embed_and_down(group)[a]
        for i in range(self.config["n_layers_per_scale"]):
            block = f"stacks.{a}.blocks.{i}."
            x = self.parts.rms(h, self.p[block + "attn_norm.weight"])
            self.publish(block, state, x)
            o = self.attention(block, x, state.position, self.states[a])
            h = h + self.p[block + "attn_scale"] * o
            x = self.parts.rms(h, self.p[block + "ffn_norm.weight"])
            h = h + self.p[block + "ffn_scale"] * self.parts.feed_forward(x, block)
        return self.parts.rms(h, self.p[f"stacks.{a}.norm.weight"])

    def cross_round(self, r, h):
        """h: scale -> [1, 1, d], of the scales that have a newest state; -> the same."""
        for a, b in PAIRS:
            if b in h:
                pair = f"cross.{r}.{a}{b}."
                kv = self.parts.rms(h[b], self.p[pair + "kv_norm.weight"])
                self.publish(pair, self.states[b][-1], kv)
        after = dict(h)
        for a, b in PAIRS:
            if a in h:
                pair = f"cross.{r}.{a}{b}."
                q = self.parts.rms(h[a], self.p[pair + "q_norm.weight"])
                o = self.attention(pair, q, self.states[a][-1].position, self.states[b])
                o = self.p[pair + "attn_scale"] * o
                x = self.parts.rms(h[a] + o, self.p[pair + "ffn_norm.weight"])
                f = self.p[pair + "ffn_scale"] * self.parts.feed_forward(x, pair)
                after[a] = after[a] + o + f
        return after

    def up(self, a):
        """What the newest byte reads of scale a: [1, 1, d]."""
        if a == 0:
            return self.states[0][-1].final
        if self.states[a]:
            state = self.states[a][-1].final
        else:
            state = self.p[f"start.{a}"].reshape(1, 1, -1)
        return state @ self.p[f"up.{a}.weight"][len(self.ids) % FACTOR[a]].T

    def feed(self, symbol):
        """-> logits [V], of the symbol after this one."""
        if len(self.ids) == self.config["max_seq_len"]:
            self.forget()
        self.ids.append(symbol)
        h = {}
        for a in (0, 1, 2):
            if len(self.ids) % FACTOR[a] == 0:  # a group is complete: its state is born
                self.states[a].append(State(len(self.ids) - 1))
                h[a] = self.stack(a, self.states[a][-1])
        for r in range(self.config["n_cross_attn_layers"]):
            h = self.cross_round(r, h)
        for a, final in h.items():
            self.states[a][-1].final = final
        return self.parts.head([self.up(a) for a in (0, 1, 2)])[0, 0]


def window_logits(config, parameters, ids):
    """ids: symbols of one sequence of any length -> logits [T, V]."""
    window = Window(config, parameters)
    return torch.stack([window.feed(symbol) for symbol in ids])
