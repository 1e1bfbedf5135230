"""How tensors print: every shape, dtype and option."""
import torch

torch.manual_seed(0)
def p(*a): print(*a); print("--")
cases=[torch.randn(n) for n in (1,2,5,20,100,999,1001,3000)]
cases+= [torch.randn(*s) for s in ((2,3),(10,10),(40,40),(2,3,4),(3,1,2,5),(11,11,11),(1,2000),(2000,1),(0,),(0,3),(2,0))]
cases+=[torch.arange(n) for n in (0,3,30,2000)]+[torch.tensor([1e10,1.]),torch.tensor([1e-5,1.]),torch.tensor([1.,2.,3.]),torch.tensor([1.,float('nan'),float('inf'),-float('inf')]),
 torch.tensor([float('nan')]*3), torch.tensor(0.), torch.tensor([0.,-0.]), torch.tensor([1.5,float('nan')]),torch.tensor([1e9,2e9]),torch.tensor([100000.,1.5]),torch.tensor([1001.,1.]),
 torch.tensor([True,False]), torch.tensor([[True],[True]]), torch.tensor(True), torch.tensor(5), torch.tensor([-1,100,3],dtype=torch.int32), torch.tensor([1,2],dtype=torch.uint8),torch.tensor([1.5,2],dtype=torch.float64),
 torch.tensor([1.5,2],dtype=torch.float16), torch.tensor([65504.,1e-4],dtype=torch.float16), torch.tensor([1+2j,3.5-4j]), torch.tensor(1-2j), torch.tensor([1e-6j,100.]), torch.tensor([], dtype=torch.int64), torch.tensor([],dtype=torch.float64), torch.tensor([0.1,0.2,12345.678]),
 torch.tensor([0.00012, 0.1]), torch.tensor([-1e-8]), torch.tensor([[1e5,1e-5]]), torch.tensor(3.14159), torch.tensor(1e-7), torch.tensor(123456789.), torch.tensor(-7.), torch.zeros(3,3), torch.ones(1,1,1), torch.eye(4), torch.linspace(0,1,11), torch.rand(5)*1e-3, torch.rand(5)*1e6, torch.tensor([999.9999, 0.99999])]
for c in cases: p(c); p(repr(c)); p(str(c))
for c in cases:
    if c.dtype in (torch.float32,torch.float64) and c.numel()<200: c.requires_grad=True; p(c); p(c*2); p((c * 2).abs()); p([c.detach()]); p(torch.nn.parameter.Parameter(c.detach()))
for o in (dict(precision=2),dict(precision=8),dict(sci_mode=True),dict(sci_mode=False),dict(threshold=5),dict(edgeitems=1,threshold=5),dict(linewidth=40),dict(profile="short"),dict(profile="full")):
    torch.set_printoptions(profile="default"); torch.set_printoptions(**o)
    for c in cases: p(c)
torch.set_printoptions(profile="default")
p(torch.Size([2,3]), torch.float32, torch.device("cpu"), torch.tensor(1.5).item(), f"{torch.tensor(0.1)}", f"{torch.tensor(0.1):.3f}", f"{torch.tensor([0.1])}", torch.tensor([1,2]).shape, repr(torch.Size([])))
torch.set_default_dtype(torch.float64); p(torch.tensor([1.5]), torch.tensor([1.5],dtype=torch.float32))
