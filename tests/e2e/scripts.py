"""The scripts that the page's tests run. Their numbers are worked out by hand beside them."""

#: Three passes. d = 2 · 3 + 1 = 7 and loss = d² = 49; dloss/dd = 14, dloss/da = 14 · 3 = 42, dloss/db = 14 · 2 = 28.
#: Pass 2 takes the other branch, and so draws another graph; pass 3 is pass 1 again.
SCALARS = """\
import torch

a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
for step in range(3):
    d = a * b + 1
    if step == 1:
        d = d.exp()
    loss = d * d
    loss.backward()
    print("step", step, "loss", round(loss.item()))
    a.grad = None
    b.grad = None
"""

SHAPE_MISMATCH = """\
import torch

x = torch.ones(2, 3)
w = torch.ones(4, 5)
h = x * 2
y = h @ w
"""

SYNTAX_ERROR = """\
import torch
x = torch.ones(3
y = x * 2
"""

ENDLESS = """\
import torch
x = torch.ones(2, requires_grad=True)
y = (x * 2).sum()
print("before the loop")
while True:
    pass
"""

CHATTY = """\
while True:
    print("again and again and again")
"""

UNKNOWN_NAME = """\
import torch
x = torch.ones(3)
y = torch.sofmax(x, 0)
"""

MANY_PASSES = """\
import torch
w = torch.tensor(1.0, requires_grad=True)
for step in range(150):
    loss = (w - 3) * (w - 3)
    loss.backward()
    with torch.no_grad():
        w -= 0.05 * w.grad
    w.grad = None
"""

SLOW = """\
import time
import torch
w = torch.tensor(1.0, requires_grad=True)
for step in range(8):
    loss = (w - step) * (w - step)
    loss.backward()
    print("step", step)
    time.sleep(0.3)
"""

LARGE = """\
import torch
x = torch.ones(20, 30)
x[3, 4] = 7.0
y = x * 2
print(y.sum().item())
"""

NOTHING = """\
print("hello")
"""
