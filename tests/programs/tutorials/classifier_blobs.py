"""A classifier on Gaussian blobs with DataLoader, Adam, cross entropy, accuracy."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(7)
centers = torch.tensor([[0.0, 0.0], [3.0, 3.0], [0.0, 4.0]])
labels = torch.randint(0, 3, (300,))
points = centers[labels] + 0.7 * torch.randn(300, 2)
dataset = TensorDataset(points, labels)
train, test = random_split(dataset, [240, 60])
train_loader = DataLoader(train, batch_size=32, shuffle=True)
test_loader = DataLoader(test, batch_size=60)
print(len(train_loader), len(test_loader))
model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)


def evaluate():
    model.eval()
    correct = total = 0
    with torch.no_grad():
        for X, y in test_loader:
            pred = model(X).argmax(dim=1)
            correct += (pred == y).sum().item()
            total += y.size(0)
    return correct / total


for epoch in range(10):
    model.train()
    running = 0.0
    for X, y in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        running += loss.item() * X.size(0)
    scheduler.step()
    print(
        f"epoch {epoch + 1}: loss {running / len(train):.4f} acc {evaluate():.3f} lr {scheduler.get_last_lr()[0]:.5f}"
    )
print(torch.bincount(labels))
probs = torch.softmax(model(torch.tensor([[0.0, 0.0], [3.0, 3.0]])), dim=1)
print(probs.argmax(1), probs.sum(1))
