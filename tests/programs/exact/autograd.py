"""torch.autograd: functions of one's own, higher derivatives, hooks, checks, anomaly detection."""
import torch
from torch.autograd import functional as AF
from torch.autograd.function import once_differentiable

class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k=2):
        ctx.save_for_backward(x); ctx.k=k
        return x**3*k
    @staticmethod
    def backward(ctx, g):
        x,=ctx.saved_tensors
        return g*3*x**2*ctx.k, None
x=torch.tensor([1.,2.,3.],requires_grad=True)
y=Cube.apply(x,5); print(y); y.sum().backward(); print(x.grad); 
g,=torch.autograd.grad(Cube.apply(x,2).sum(),x,create_graph=True); print(g.sum()); print(torch.autograd.grad(g.sum(),x))
class ExpOut(torch.autograd.Function):
    @staticmethod
    def forward(x): return x.exp()
    @staticmethod
    def setup_context(ctx, inputs, output): ctx.save_for_backward(output)
    @staticmethod
    def backward(ctx,g): y,=ctx.saved_tensors; return g*y
g,=torch.autograd.grad(ExpOut.apply(x).sum(),x,create_graph=True); print(g); print(torch.autograd.grad(g.sum(),x))
class Two(torch.autograd.Function):
    @staticmethod
    def forward(ctx,a,b): ctx.save_for_backward(a,b); return a*b, a+b
    @staticmethod
    def backward(ctx,g1,g2):
        a,b=ctx.saved_tensors; print(ctx.needs_input_grad, g2); return g1*b+g2, g1*a+g2
b=torch.ones(3)
p,q=Two.apply(x,b); print(p,q); x.grad=None; p.sum().backward(); print(x.grad)
class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx,x): return x*2
    @staticmethod
    @once_differentiable
    def backward(ctx,g): return g*2
g,=torch.autograd.grad(Once.apply(x).sum(),x,create_graph=True); print(g.detach())
try: torch.autograd.grad((Once.apply(x)**2).sum(),x,create_graph=True)[0].sum().backward()
except RuntimeError as e: print(e)
class Bad(torch.autograd.Function):
    @staticmethod
    def forward(ctx,x): return x*2
    @staticmethod
    def backward(ctx,g): return g,g
class Bad2(Bad):
    @staticmethod
    def backward(ctx,g): return g[:2]
for B in (Bad,Bad2):
    try: B.apply(x).sum().backward()
    except RuntimeError as e: print(e)
class Inpl(torch.autograd.Function):
    @staticmethod
    def forward(ctx,x): x.mul_(2); ctx.mark_dirty(x); return x
    @staticmethod
    def backward(ctx,g): return g*2
z=x*1; w=Inpl.apply(z); print(w is z, z, z._version); z.sum().backward(); print(x.grad)
y=Cube.apply(x); y.sum().backward()
try: y.sum().backward()
except RuntimeError as e: print(str(e)[:60])
f=lambda x: (x**2).sum()
print(AF.jacobian(lambda x: x**2, x.detach())); print(AF.hessian(f, x.detach())); print(AF.jacobian(lambda a,b:(a*b, a.sum()), (x.detach(), b)))
print(AF.vjp(lambda x:x**2, x.detach(), b)); print(AF.jvp(lambda x:x**2, x.detach(), b)); print(AF.hvp(f, x.detach(), b)); print(AF.hessian(lambda a,b:(a*b).sum(),(x.detach(),b)))
xd=torch.tensor([.3,.5],dtype=torch.float64,requires_grad=True)
print(torch.autograd.gradcheck(Cube.apply,(xd,3)), torch.autograd.gradgradcheck(Cube.apply,(xd,3)))
class Wrong(Cube):
    @staticmethod
    def backward(ctx,g): return g, None
try: torch.autograd.gradcheck(Wrong.apply,(xd,3))
except RuntimeError as e: print("mismatch", str(e)[:17])
import warnings
with torch.autograd.detect_anomaly():
    t=torch.tensor([-1.],requires_grad=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore"); torch.sqrt(t).sum().backward()
    except RuntimeError as e: print(e)
print(torch.is_anomaly_enabled())
torch.autograd.backward([x.sum(), (x*2).sum()]); print(x.grad)
h=[]; y=x*2; y.register_hook(lambda g: h.append(g)); y.grad_fn.register_hook(lambda gi,go: h.append((gi[0],go))); y.sum().backward(); print(h)
print(y.grad_fn.name(), y.grad_fn.next_functions[0][0].name(), y.grad_fn.next_functions[0][0].variable)
