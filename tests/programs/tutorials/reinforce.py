"""Policy gradient on a bandit: Categorical, log_prob, entropy."""
import torch
import torch.nn as nn
from torch.distributions import Categorical

torch.manual_seed(8)
rewards = torch.tensor([0.1, 0.5, 0.9])
policy = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.05)
baseline = 0.0
for episode in range(60):
    dist = Categorical(logits=policy(torch.ones(1)))
    action = dist.sample()
    reward = rewards[action] + 0.01 * torch.randn(())
    baseline = 0.9 * baseline + 0.1 * reward.item()
    loss = -dist.log_prob(action) * (reward - baseline) - 0.01 * dist.entropy()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if episode % 15 == 0:
        print(episode, action.item(), f"{reward.item():.3f}", [round(p, 3) for p in dist.probs.tolist()])
