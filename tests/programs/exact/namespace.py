"""The namespace: types, creation, save and load, func, errors."""
import torch
print(torch.finfo(torch.float32), torch.iinfo(torch.int32), torch.finfo(torch.float16),torch.finfo(torch.float64), torch.finfo().eps)
print(torch.typename(torch.tensor(1.)), torch.FloatTensor, torch.Tensor, type(torch.tensor(1.)), torch.device, torch.Tensor([1,2]), torch.Tensor(2,3).shape, torch.LongTensor([1,2]), torch.FloatTensor(2).shape)
print(torch.result_type(torch.tensor(1),2.), torch.promote_types(torch.int32,torch.float16), torch.can_cast(torch.float,torch.int))
print(isinstance(torch.tensor(1.), torch.FloatTensor), isinstance(torch.tensor(1), torch.FloatTensor), isinstance(torch.tensor(1.), torch.Tensor), isinstance(torch.device("cpu"), torch.device), isinstance(1., torch.Tensor))
print(torch.device("cpu"), repr(torch.device("cpu")), torch.device("cpu").type, torch.cuda.is_available(), torch.backends.mps.is_available(), torch.tensor(1.).device == torch.device("cpu"))
import numpy as np
print(torch.Tensor(np.array([1.,2.])), torch.from_numpy(np.arange(3)), torch.tensor(np.float32(2)), torch.tensor([np.float64(1.)]), torch.as_tensor([1,2.]))
import io
b=io.BytesIO(); torch.save({"a":torch.tensor([1.,2.],requires_grad=True),"b":[1,2.5,None,"x",(1,torch.eye(2))],"c":float("inf")}, b); b.seek(0); print(torch.load(b))
from copy import deepcopy
x=torch.tensor([1.,2.],requires_grad=True); y=deepcopy(x); print(y, y is x, y.requires_grad)
import pickle; print(pickle.loads(pickle.dumps(x.detach())))
f=torch.func.grad(lambda x: (x**3).sum()); print(f(torch.tensor([1.,2.])), torch.func.grad(lambda x: f(x).sum())(torch.tensor([1.,2.])))
print(torch.func.jacrev(lambda x:x**2)(torch.tensor([1.,2.])), torch.func.hessian(lambda x:(x**3).sum())(torch.tensor([1.,2.])))
print(torch.func.grad_and_value(lambda w,x:(w["a"]*x).sum())({"a":torch.tensor(2.)},torch.tensor([1.,2.])))
v,p=torch.func.vjp(lambda x:x.sin(), torch.tensor([1.,2.])); print(v,p(torch.ones(2)))
print(torch.func.vmap(lambda a,b: (a*b).sum())(torch.eye(3),torch.ones(3,3)), torch.vmap(torch.func.grad(lambda x: (x**2).sum()))(torch.arange(4.).reshape(2,2)))
print(torch.arange(5), torch.arange(1,2,.25), torch.arange(5.), torch.arange(0,10,3), torch.linspace(0,1,5), torch.logspace(0,2,3), torch.full((2,),1), torch.full((2,),1.5), torch.full((2,),True), torch.eye(2), torch.zeros(2,3,dtype=torch.int), torch.ones_like(torch.zeros(2,dtype=torch.bool)), torch.empty(0), torch.zeros(()), torch.tensor([]), torch.tensor([[1,2],[3,4]]).shape, torch.tensor(3+4j), torch.arange(10,0,-3), torch.arange(end=3), torch.zeros(size=(2,)), torch.full_like(torch.ones(2),7), torch.tensor([True,2]), torch.tensor([1,2.]), torch.tensor([torch.tensor(1.),torch.tensor(2.)]))
for bad in (lambda: torch.tensor([[1,2],[3]]), lambda: torch.tensor("a"), lambda: torch.tensor([None]), lambda: torch.zeros(-1), lambda: torch.from_numpy([1]), lambda: torch.arange(0,1,0), lambda: torch.arange(0,5,-1), lambda: torch.randint(5,5,(1,)), lambda: torch.set_default_dtype(torch.int32), lambda: torch.device("foo"), lambda: torch.eye(-1), lambda: torch.zeros(2.5), lambda: torch.full((2,),None), lambda: torch.multinomial(torch.tensor([0.,0.]),1), lambda: torch.empty(2).normal_(0,-1), lambda: torch.ones(2,requires_grad=True).normal_()):
    try: print("no error", bad())
    except Exception as e: print(type(e).__name__, str(e).split("\n")[0][:24])
