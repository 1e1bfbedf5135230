# title: A loss that goes NaN
# teaches: A NaN is born in one op and then spreads; here 0 × log(0), once a probability rounds to 1.
import torch
import torch.nn as nn

torch.manual_seed(0)

x = torch.randn(16, 2)
label = (x[:, 0] + x[:, 1] > 0).float()

model = nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=60.0)  # far too large

for step in range(8):
    p = torch.sigmoid(model(x).squeeze(1))
    # By hand, and wrong: where p is exactly 1, log(1 - p) is -inf, and (1 - label) × -inf is 0 × -inf: not a number.
    loss = -(label * torch.log(p) + (1 - label) * torch.log(1 - p)).mean()
    # The fix never leaves the logarithms: F.binary_cross_entropy_with_logits(model(x).squeeze(1), label)

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    print(f"step {step + 1}: loss {loss.item():.4f}, largest p {p.max().item():.8f}")
    if torch.isnan(loss):
        print("The loss is no number any more. Look for the first op that is marked.")
        break
