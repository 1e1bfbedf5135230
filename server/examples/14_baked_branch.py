# title: An if that is baked in
# teaches: A static graph keeps the branch of its first pass; choose Both, and see it go wrong on the right.
import torch

inputs = [torch.tensor(v, requires_grad=True) for v in (2.0, -2.0, 3.0, -3.0)]

for x in inputs:
    # Python decides: built anew, each pass goes its own way; built once, all go the way of the first.
    if x > 0:
        y = x * 3
    else:
        y = x * x
    # The graph decides: both ways are in it, and each pass picks. Here static and dynamic agree.
    z = torch.where(x > 0, x * 3, x * x)
    loss = y - z
    loss.backward()

print("y - z in the last pass:", loss.item())
