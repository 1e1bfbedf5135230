"""A GAN in one dimension: two networks, two optimizers, detach."""

import torch
import torch.nn as nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
D = nn.Sequential(nn.Linear(1, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1), nn.Sigmoid())
bce = nn.BCELoss()
opt_g = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
real_label, fake_label = torch.ones(32, 1), torch.zeros(32, 1)
for step in range(25):
    real = torch.randn(32, 1) * 0.5 + 3
    noise = torch.randn(32, 4)
    fake = G(noise)
    opt_d.zero_grad()
    loss_real = bce(D(real), real_label)
    loss_fake = bce(D(fake.detach()), fake_label)
    (loss_real + loss_fake).backward()
    opt_d.step()
    opt_g.zero_grad()
    loss_g = bce(D(fake), real_label)
    loss_g.backward()
    opt_g.step()
    if step % 6 == 0:
        print(
            f"{step}: D {loss_real.item() + loss_fake.item():.3f} G {loss_g.item():.3f} mean {fake.mean().item():.3f}"
        )
