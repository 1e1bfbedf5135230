"""torch.distributions: samples, densities, entropies, divergences, gradients."""
import torch
import torch.distributions as D

torch.manual_seed(0)
x = torch.tensor([0.2, 0.5, 0.9])
cases = [
    D.Normal(torch.tensor([0.0, 1.0, -1.0]), torch.tensor([1.0, 0.5, 2.0])), D.Normal(0.0, 1.0), D.LogNormal(0.1, 0.5), D.Laplace(0.0, 1.5),
    D.Uniform(0.0, 2.0), D.Exponential(torch.tensor([1.0, 2.0, 3.0])), D.Cauchy(0.0, 1.0), D.Gumbel(0.5, 2.0), D.HalfNormal(torch.tensor(2.0)),
]
for d in cases:
    print(d, d.batch_shape, d.event_shape)
    print(d.sample((2,)), d.sample(), d.log_prob(x), d.entropy())
    if not isinstance(d, D.Cauchy):
        print(d.mean, d.variance, d.stddev)
c = D.Categorical(probs=torch.tensor([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]]))
print(c.sample((4,)), c.log_prob(torch.tensor([2, 0])), c.entropy(), c.probs, c.logits)
l = D.Categorical(logits=torch.tensor([1.0, 2.0, 3.0]))
print(l)
print(l.sample(), l.probs, l.log_prob(torch.tensor(1)))
b = D.Bernoulli(torch.tensor([0.3, 0.8]))
print(b.sample((3,)), b.log_prob(torch.tensor([1.0, 0.0])), b.entropy(), b.mean)
print(D.Bernoulli(logits=torch.tensor(0.4)).log_prob(torch.tensor(1.0)), D.Poisson(3.0).log_prob(torch.tensor(2.0)))
print(D.Binomial(5, torch.tensor(0.4)).log_prob(torch.tensor(2.0)), D.Geometric(torch.tensor(0.3)).log_prob(torch.tensor(2.0)))
cov = torch.tensor([[2.0, 0.5], [0.5, 1.0]])
m = D.MultivariateNormal(torch.zeros(2), cov)
print(m.sample((3,)), m.log_prob(torch.tensor([1.0, -1.0])), m.entropy(), m.covariance_matrix)
i = D.Independent(D.Normal(torch.zeros(3), torch.ones(3)), 1)
print(i.log_prob(torch.ones(3)), i.entropy(), i.event_shape)
print(D.OneHotCategorical(torch.tensor([0.2, 0.8])).sample((3,)))
print(D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(1.0, 2.0)), D.kl_divergence(c, D.Categorical(torch.ones(2, 3))))
print(D.kl_divergence(b, D.Bernoulli(torch.tensor(0.5))), D.kl_divergence(m, D.MultivariateNormal(torch.ones(2), torch.eye(2))))
mu = torch.tensor(0.5, requires_grad=True)
D.Normal(mu, 1.0).rsample((5,)).sum().backward()
print(mu.grad)
for bad in (lambda: D.Normal(0.0, -1.0), lambda: D.Categorical(), lambda: D.Bernoulli(torch.tensor(2.0))):
    try:
        bad()
    except ValueError as e:
        print(str(e)[:40])
