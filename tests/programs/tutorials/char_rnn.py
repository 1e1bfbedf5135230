"""A character RNN: embedding, LSTM, GRU, teacher forcing, generation by multinomial."""
import torch
import torch.nn as nn

torch.manual_seed(5)
text = "hello world, hello torch. "
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)
print(len(chars), data[:10])


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden, kind):
        super().__init__()
        self.embed = nn.Embedding(vocab, 8)
        self.rnn = getattr(nn, kind)(8, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocab)

    def forward(self, x, state=None):
        out, state = self.rnn(self.embed(x), state)
        return self.head(out), state


for kind in ("RNN", "GRU", "LSTM"):
    torch.manual_seed(11)
    model = CharRNN(len(chars), 16, kind)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    x, y = data[:-1].unsqueeze(0), data[1:].unsqueeze(0)
    for step in range(6):
        logits, _ = model(x)
        loss = nn.functional.cross_entropy(logits.view(-1, len(chars)), y.view(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 3 == 2:
            print(kind, step, f"{loss.item():.3f}")
    out, state = model(x[:, :3])
    print(out.shape, [s.shape for s in state] if isinstance(state, tuple) else state.shape)
p = torch.tensor([0.1, 0.2, 0.7])
print(torch.multinomial(p, 5, replacement=True), torch.multinomial(p, 2))
