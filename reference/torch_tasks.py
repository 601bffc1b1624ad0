"""The tasks that bench_torch.py measures. A task has bytes_per_step and step(), which gives the
loss in nats, None where there is none."""

import sys

from axl_reference import BOS, torch
from fast_model import FastModel
from model_files import read_config

F = torch.nn.functional


class Lion:
    """p -= rate * (sign(lerp of momentum and gradient) + decay p); lists in one call each."""

    def __init__(self, parameters, rate=1e-4, betas=(0.9, 0.99), decay=0.1):
        self.p, self.rate, self.betas, self.decay = list(parameters), rate, betas, decay
        self.m = [torch.zeros_like(p) for p in self.p]

    def zero_grad(self):
        for p in self.p:
            p.grad = None

    @torch.no_grad()
    def step(self):
        g = [p.grad for p in self.p]
        first, second = self.betas
        update = torch._foreach_mul(self.m, first)
        torch._foreach_add_(update, g, alpha=1 - first)
        for u in update:
            u.sign_()
        torch._foreach_mul_(self.p, 1 - self.rate * self.decay)
        torch._foreach_add_(self.p, update, alpha=-self.rate)
        torch._foreach_mul_(self.m, second)
        torch._foreach_add_(self.m, g, alpha=1 - second)


OPTIMIZERS = {
    "lion": Lion,
    "sgd": lambda p: torch.optim.SGD(p, lr=0.02, foreach=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=3e-4, foreach=True),
}


class Train:
    def __init__(self, model, data, arguments):
        self.model, self.data = model, data
        self.batch, self.length = arguments.batch, arguments.length
        self.bytes_per_step = self.batch * self.length
        self.mixed = arguments.dtype == "bf16"
        self.optimizer = OPTIMIZERS[arguments.optimizer](model.parameters())

    def loss(self):
        starts = torch.randint(0, len(self.data) - self.length, (self.batch, 1))
        text = self.data[starts + torch.arange(self.length + 1)]
        targets = text[:, 1:].reshape(-1)
        weight = self.model.config["fine_exit"]
        with torch.autocast("cpu", torch.bfloat16, enabled=self.mixed):
            logits, exit_logits = self.model(text[:, :-1], with_exit=weight > 0)
        loss = F.cross_entropy(logits.flatten(0, 1).float(), targets)
        if weight > 0:
            loss = loss + weight * F.cross_entropy(exit_logits.flatten(0, 1).float(), targets)
        return loss

    def step(self):
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Infer:
    """What prefill and generate share: a model in the type that is asked for, and a batch."""

    def __init__(self, model, data, arguments, length):
        self.model = model.bfloat16() if arguments.dtype == "bf16" else model
        self.ids = data[: arguments.batch * length].view(arguments.batch, length).clone()
        self.ids[:, 0] = BOS


class Prefill(Infer):
    def __init__(self, model, data, arguments):
        super().__init__(model, data, arguments, arguments.length)
        self.bytes_per_step = self.ids.numel()

    @torch.inference_mode()
    def step(self):
        self.model(self.ids, with_exit=False)


class Generate(Infer):
    def __init__(self, model, data, arguments):
        super().__init__(model, data, arguments, model.config["max_seq_len"])
        self.bytes_per_step = arguments.batch

    @torch.inference_mode()
    def step(self):
        logits, _ = self.model(self.ids, with_exit=False)
        chance = torch.softmax(logits[:, -1].float(), dim=-1)
        self.ids = torch.cat((self.ids[:, 1:], torch.multinomial(chance, 1)), dim=1)


TASKS = {"train": Train, "prefill": Prefill, "generate": Generate}


def has_fast_bf16():
    """Whether oneDNN multiplies bf16; else PyTorch does, in plain loops."""
    x = torch.ones(2, 2, dtype=torch.bfloat16).to_mkldnn()
    try:
        torch._C._nn.mkldnn_linear(x, x, None)
    except RuntimeError:
        return False
    return True


def start(arguments):
    """The task that the arguments of bench_torch.py ask for; fills in those that are absent."""
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    config = read_config(arguments.config)
    if arguments.dtype == "bf16" and not has_fast_bf16():
        print("bench_torch: bf16 is slow here: PyTorch needs AVX-512 for it", file=sys.stderr)
    if config["dropout"] > 0:
        raise SystemExit("bench_torch: models with dropout are not measured")
    arguments.batch = arguments.batch or (16 if arguments.task == "train" else 1)
    arguments.length = arguments.length or config["max_seq_len"]
    with open(arguments.data, "rb") as file:
        data = torch.tensor(list(file.read()))
    needed = max(arguments.batch * max(arguments.length, config["max_seq_len"]), 1) + 1
    if len(data) == 0:
        raise SystemExit(f"bench_torch: {arguments.data} is empty")
    data = data.repeat(-(-needed // len(data)))  # over again where it is short
    return TASKS[arguments.task](FastModel(config), data, arguments)
