"""A tiny transformer block written out: causal self-attention, layer norm, residuals, weight tying."""
import math

import torch
import torch.nn as nn
from torch.nn import functional as F

torch.manual_seed(1337)
B, T, C, H, V = 2, 6, 16, 4, 11


class Head(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.key = nn.Linear(C, n, bias=False)
        self.query = nn.Linear(C, n, bias=False)
        self.value = nn.Linear(C, n, bias=False)
        self.register_buffer("tril", torch.tril(torch.ones(T, T)))

    def forward(self, x):
        t = x.size(1)
        k, q, v = self.key(x), self.query(x), self.value(x)
        w = q @ k.transpose(-2, -1) / math.sqrt(k.size(-1))
        w = w.masked_fill(self.tril[:t, :t] == 0, float("-inf"))
        return F.softmax(w, dim=-1) @ v


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleList(Head(C // H) for _ in range(H))
        self.proj = nn.Linear(C, C)
        self.mlp = nn.Sequential(nn.Linear(C, 4 * C), nn.GELU(), nn.Linear(4 * C, C))
        self.ln1, self.ln2 = nn.LayerNorm(C), nn.LayerNorm(C)

    def forward(self, x):
        a = self.ln1(x)
        x = x + self.proj(torch.cat([h(a) for h in self.heads], dim=-1))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(V, C)
        self.pos = nn.Embedding(T, C)
        self.blocks = nn.Sequential(Block(), Block())
        self.ln = nn.LayerNorm(C)
        self.head = nn.Linear(C, V, bias=False)
        self.head.weight = self.tok.weight

    def forward(self, idx, targets=None):
        x = self.tok(idx) + self.pos(torch.arange(idx.size(1)))
        logits = self.head(self.ln(self.blocks(x)))
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, V), targets.view(-1))


model = GPT()
print(sum(p.numel() for p in model.parameters()))
idx = torch.randint(0, V, (B, T))
targets = torch.roll(idx, -1, dims=1)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for step in range(12):
    logits, loss = model(idx, targets)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % 4 == 3:
        print(step, f"{loss.item():.3f}")
print(len(list(model.state_dict())), model.head.weight is model.tok.weight)
q = torch.randn(1, 2, 4, 8)
out = F.scaled_dot_product_attention(q, q, q, is_causal=True)
print(out.shape, f"{out.sum().item():.3f}")
mha = nn.MultiheadAttention(C, H, batch_first=True)
y, w = mha(torch.randn(B, T, C), torch.randn(B, T, C), torch.randn(B, T, C))
print(y.shape, w.shape, f"{w.sum(-1)[0, 0].item():.3f}")
