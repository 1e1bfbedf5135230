"""state_dict, save, load, deepcopy, requires_grad_(False) for fine tuning."""
import copy
import io

import torch
import torch.nn as nn

torch.manual_seed(4)
model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
print(list(model.state_dict().keys()))
buffer = io.BytesIO()
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
model(torch.randn(5, 3)).sum().backward()
optimizer.step()
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, buffer)
buffer.seek(0)
checkpoint = torch.load(buffer)
other = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
print(other.load_state_dict(checkpoint["model"]), checkpoint["epoch"])
x = torch.randn(2, 3)
model.eval(), other.eval()
print(torch.equal(model(x), other(x)))
clone = copy.deepcopy(model)
with torch.no_grad():
    clone[0].weight.zero_()
print(model[0].weight.abs().sum() > 0, clone[0].weight.sum())
for p in model[0].parameters():
    p.requires_grad_(False)
print([n for n, p in model.named_parameters() if p.requires_grad])
try:
    other.load_state_dict({"0.weight": torch.zeros(4, 3)})
except RuntimeError as e:
    print(str(e).splitlines()[0])
print(sorted(optimizer.state_dict()), optimizer.state_dict()["param_groups"][0]["lr"])
