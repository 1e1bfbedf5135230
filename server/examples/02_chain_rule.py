# title: The chain rule on five scalars
# teaches: Each op sends back the gradient that came in, times its own derivative; where paths meet, gradients add.
import torch

a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(-3.0, requires_grad=True)
c = torch.tensor(10.0, requires_grad=True)
d = torch.tensor(0.5, requires_grad=True)
e = torch.tensor(1.5, requires_grad=True)

product = a * b
total = product + c
squashed = torch.tanh(d * total)
result = squashed * e + a  # `a` is used twice, so two gradients arrive at it

result.backward()

for name, scalar in [("a", a), ("b", b), ("c", c), ("d", d), ("e", e)]:
    print(f"d result / d {name} = {scalar.grad.item():+.4f}")
