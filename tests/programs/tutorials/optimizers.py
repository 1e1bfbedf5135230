"""Every optimizer on the Rosenbrock function; schedulers."""
import torch
from torch import optim


def rosenbrock(p):
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


CASES = {
    "SGD": dict(lr=1e-3),
    "SGD nesterov": dict(lr=1e-3, momentum=0.9, nesterov=True, weight_decay=1e-4),
    "Adam": dict(lr=0.05),
    "Adam amsgrad": dict(lr=0.05, amsgrad=True, weight_decay=0.01),
    "AdamW": dict(lr=0.05, weight_decay=0.1),
    "RMSprop": dict(lr=0.01, momentum=0.5, centered=True),
    "Adagrad": dict(lr=0.5),
    "Adadelta": dict(lr=1.0),
    "Adamax": dict(lr=0.05),
    "NAdam": dict(lr=0.05),
    "RAdam": dict(lr=0.05),
    "Rprop": dict(lr=0.01),
}
for name, options in CASES.items():
    p = torch.tensor([-1.5, 2.0], requires_grad=True)
    opt = getattr(optim, name.split()[0])([p], **options)
    for _ in range(25):
        opt.zero_grad()
        loss = rosenbrock(p)
        loss.backward()
        opt.step()
    print(f"{name:14s} {loss.item():.4f}", [round(v, 4) for v in p.tolist()])
p = torch.tensor([-1.5, 2.0], requires_grad=True)
opt = optim.LBFGS([p], lr=0.1, max_iter=10)


def closure():
    opt.zero_grad()
    loss = rosenbrock(p)
    loss.backward()
    return loss


for _ in range(3):
    print("LBFGS", f"{opt.step(closure).item():.4f}")
p = torch.zeros(1, requires_grad=True)
for make in (
    lambda o: optim.lr_scheduler.StepLR(o, 2, 0.1),
    lambda o: optim.lr_scheduler.ExponentialLR(o, 0.9),
    lambda o: optim.lr_scheduler.CosineAnnealingLR(o, 5),
    lambda o: optim.lr_scheduler.LambdaLR(o, lambda e: 1 / (e + 1)),
    lambda o: optim.lr_scheduler.MultiStepLR(o, [2, 4], 0.5),
    lambda o: optim.lr_scheduler.OneCycleLR(o, 1.0, total_steps=8),
):
    opt = optim.SGD([p], lr=1.0)
    sched = make(opt)
    lrs = []
    for _ in range(6):
        lrs.append(round(opt.param_groups[0]["lr"], 5))
        opt.step()
        sched.step()
    print(type(sched).__name__, lrs)
print(opt)
