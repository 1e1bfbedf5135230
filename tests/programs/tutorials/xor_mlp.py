"""XOR with a two-layer network."""
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(42)


class XOR(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 4)
        self.fc2 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.tanh(self.fc1(x))
        return torch.sigmoid(self.fc2(x))


X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
model = XOR()
print(model)
print(sum(p.numel() for p in model.parameters()), "parameters")
for name, p in model.named_parameters():
    print(name, p.shape, p.requires_grad)
criterion = nn.BCELoss()
optimizer = optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
for step in range(300):
    optimizer.zero_grad()
    out = model(X)
    loss = criterion(out, y)
    loss.backward()
    optimizer.step()
    if step % 60 == 0:
        print(f"step {step}: {loss.item():.4f}")
with torch.no_grad():
    print((model(X) > 0.5).float().squeeze())
print(model.fc1.weight.grad is not None, loss)
