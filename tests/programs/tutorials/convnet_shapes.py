"""A small CNN on drawn images: conv, batch norm, pooling, a training step or two, hooks."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 12, 3)
        self.fc1 = nn.Linear(12 * 3 * 3, 20)
        self.fc2 = nn.Linear(20, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.conv2(x))
        x = F.avg_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


images = torch.zeros(8, 1, 16, 16)
targets = torch.arange(8) % 4
for i in range(8):
    k = targets[i].item()
    images[i, 0, 4 * k : 4 * k + 4, :] = 1.0
images += 0.1 * torch.randn_like(images)
net = Net()
print(net)
shapes = []
handle = net.conv2.register_forward_hook(lambda m, i, o: shapes.append((i[0].shape, o.shape)))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
for step in range(8):
    optimizer.zero_grad()
    loss = F.nll_loss(net(images), targets)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimizer.step()
    print(f"{step} loss {loss.item():.3f} norm {norm.item():.3f}")
handle.remove()
print(shapes[0])
net.eval()
with torch.no_grad():
    print(net(images).argmax(1).tolist())
print(net.bn1.running_mean[:3], net.bn1.num_batches_tracked)
print(net.conv1.weight.grad.shape, net.conv1.weight.grad.abs().sum() > 0)
