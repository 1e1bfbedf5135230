"""A variational autoencoder: reparametrisation, KL term, sampling."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(9)


class VAE(nn.Module):
    def __init__(self, d=20, h=12, z=2):
        super().__init__()
        self.enc = nn.Linear(d, h)
        self.mu, self.logvar = nn.Linear(h, z), nn.Linear(h, z)
        self.dec1, self.dec2 = nn.Linear(z, h), nn.Linear(h, d)

    def encode(self, x):
        h = F.relu(self.enc(x))
        return self.mu(h), self.logvar(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return torch.sigmoid(self.dec2(F.relu(self.dec1(z)))), mu, logvar


def loss_fn(recon, x, mu, logvar):
    bce = F.binary_cross_entropy(recon, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld, kld


data = (torch.rand(16, 20) > 0.5).float()
model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(20):
    optimizer.zero_grad()
    recon, mu, logvar = model(data)
    loss, kld = loss_fn(recon, data, mu, logvar)
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print(f"{epoch}: {loss.item() / len(data):.3f} kld {kld.item():.3f}")
with torch.no_grad():
    sample = model.dec2(F.relu(model.dec1(torch.randn(3, 2)))).sigmoid()
print(sample.shape, bool(((sample > 0) & (sample < 1)).all()))
