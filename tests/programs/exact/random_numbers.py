"""Random numbers, to the last bit: every function, sizes around the vectorised blocks, states, generators."""
import torch


def show(name, x):
    print(name, x.dtype, tuple(x.shape), x.flatten().tolist()[:40])


for n in (0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 100):
    torch.manual_seed(n)
    for dtype in (torch.float32, torch.float64, torch.float16):
        show("rand", torch.rand(n, dtype=dtype))
    show("randn", torch.randn(n))
    show("randn", torch.randn(n, dtype=torch.float64).float())
for seed in (0, 1, 42, 2**32 - 1, 2**32 + 7, -5):
    torch.manual_seed(seed)
    show(f"seed {seed}", torch.rand(3))
    print(torch.initial_seed())
torch.manual_seed(3)
for high in (1, 2, 10, 255, 2**28 - 1, 2**28, 2**31, 2**40):
    show("randint", torch.randint(0, high, (5,)))
show("randint", torch.randint(-5, 5, (3, 3), dtype=torch.int32))
show("randint", torch.randint(7, (4,), dtype=torch.float32))
for n in (0, 1, 2, 10, 100):
    show("randperm", torch.randperm(n))
show("uniform_", torch.empty(20).uniform_(-2, 3))
show("uniform_", torch.empty(5, dtype=torch.float64).uniform_(-2, 3).float())
show("normal_", torch.empty(5).normal_(1.5, 2.0))
show("normal_", torch.empty(40).normal_(1.5, 2.0))
show("normal_ strided", torch.empty(5, 4).t().normal_())
show("bernoulli_", torch.empty(20).bernoulli_(0.3))
show("bernoulli_", torch.empty(9, dtype=torch.bool).bernoulli_(0.5))
show("bernoulli", torch.bernoulli(torch.full((20,), 0.3)))
show("bernoulli", torch.bernoulli(torch.linspace(0, 1, 9, dtype=torch.float64)))
show("random_", torch.empty(4, dtype=torch.int64).random_(10))
show("random_", torch.empty(4).random_())
show("random_", torch.empty(4, dtype=torch.int64).random_())
show("random_", torch.empty(4, dtype=torch.uint8).random_())
show("multinomial", torch.multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 2))
show("multinomial", torch.multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 1))
show("multinomial", torch.multinomial(torch.tensor([[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 1]]), 7, replacement=True))
show("normal", torch.normal(2.0, 3.0, (3,)))
show("normal", torch.normal(torch.arange(4.0), torch.ones(4)))
show("normal", torch.normal(torch.zeros(20), 2.0))
show("rand_like", torch.rand_like(torch.zeros(2, 3, dtype=torch.float64)))
show("randn_like", torch.randn_like(torch.zeros(3)))
show("randint_like", torch.randint_like(torch.zeros(5), 10))
state = torch.get_rng_state()
a = torch.randn(5)
torch.set_rng_state(state)
print(torch.equal(a, torch.randn(5)))
g = torch.Generator().manual_seed(9)
show("generator", torch.rand(3, generator=g))
show("generator", torch.randn(3, generator=g))
show("generator", torch.randperm(5, generator=g))
print(g.initial_seed(), torch.Generator().initial_seed())
with torch.random.fork_rng():
    torch.rand(5)
show("after fork", torch.rand(2))
torch.manual_seed(4)
show("dropout", torch.nn.functional.dropout(torch.ones(20), 0.7))
show("dropout2d", torch.nn.functional.dropout2d(torch.ones(2, 4, 1, 2), 0.5))
for layer in (torch.nn.Linear(5, 3), torch.nn.Conv2d(2, 3, 3), torch.nn.Embedding(4, 5), torch.nn.LSTM(3, 4), torch.nn.Bilinear(2, 3, 2)):
    for name, p in layer.named_parameters():
        show(f"{type(layer).__name__}.{name}", p.detach())
w = torch.empty(4, 6)
for init in ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "trunc_normal_"):
    torch.manual_seed(6)
    print(init, [round(v, 5) for v in getattr(torch.nn.init, init)(w).flatten().tolist()])
torch.manual_seed(6)
print("tail", [round(v, 4) for v in torch.nn.init.trunc_normal_(w, 0.0, 1.0, 1.5, 2.0).flatten().tolist()])
torch.manual_seed(6)
print([round(abs(v), 3) for v in torch.nn.init.orthogonal_(w).flatten().tolist()][:6])
order = [i.item() for i in torch.utils.data.DataLoader(torch.arange(10), shuffle=True)]
print(order)
