# title: A GAN's two backwards
# teaches: One fake, two losses: `detach` keeps the critic's gradient out of the forger, the second backward lets it in.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)

forger = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
critic = nn.Sequential(nn.Linear(1, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
forger_steps = torch.optim.Adam(forger.parameters(), lr=0.02)
critic_steps = torch.optim.Adam(critic.parameters(), lr=0.02)

surprise = F.binary_cross_entropy_with_logits
yes, no = torch.ones(16, 1), torch.zeros(16, 1)

for step in range(10):
    real = 3 + 0.5 * torch.randn(16, 1)
    fake = forger(torch.randn(16, 2))

    # The critic learns to tell them apart; the forger must not notice.
    judged_real = critic(real)
    judged_fake = critic(fake.detach())
    critic_loss = surprise(judged_real, yes) + surprise(judged_fake, no)
    critic_steps.zero_grad()
    critic_loss.backward()
    critic_steps.step()

    # The forger learns to be taken for real: the gradient runs through the critic into the forger.
    forger_loss = surprise(critic(fake), yes)
    forger_steps.zero_grad()
    forger_loss.backward()
    forger_steps.step()

    losses = f"critic {critic_loss.item():.3f}, forger {forger_loss.item():.3f}"
    print(f"step {step + 1}: {losses}, fakes around {fake.mean().item():+.2f}")
