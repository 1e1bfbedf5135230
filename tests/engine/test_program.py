"""Define and run: a captured program gives the bits that running the code gives, and says what it does not do again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.backward import grad
from engine.op import OPS
from engine.program import CaptureError, GuardError, capture, check, check_types, optimized
from engine.program.check import CheckError
from engine.program.memory import peak
from engine.program.passes import PASSES
from engine.tensor import Tensor
from tests.engine.table import Case, call, cases

torch: Any = engine
#: ops whose outputs' shapes depend on their numbers, which a program cannot follow
BY_VALUE = {"nonzero_positions", "unique_values"}


def whole(case: Case) -> Any:
    """Values, gradients and gradients of gradients of an op, as a function of its tensors."""

    def run(*given: Tensor) -> list[Tensor]:
        free = [x for x in given if x.requires_grad]
        arrays = iter(given)
        xs = [next(arrays) if isinstance(x, np.ndarray) else x for x in case.inputs]
        level = list(call(case.op, xs, case.attrs))
        found = list(level)
        for order in (1, 2):
            level = [y for y in level if y.requires_grad]
            if not level or not free:
                break
            total = sum((y.sum() for y in level[1:]), (level[0] * level[0]).sum())
            grads = grad(total, free, create_graph=order == 1, allow_unused=True)
            level = [g for g in grads if g is not None]
            found += level
        return found

    return run


def tensors(case: Case, scale: float) -> list[Tensor]:
    """Fresh tensors of the case's arrays; the floating ones scaled, so that a program cannot know them."""
    made = []
    free = case.free()
    for i, x in enumerate(case.inputs):
        if not isinstance(x, np.ndarray):
            continue
        t = Tensor(np.array(x * scale if x.dtype.kind == "f" else x, x.dtype))
        t.requires_grad = i in free
        made.append(t)
    return made


def bits(found: list[Tensor]) -> list[bytes]:
    return [f"{x.data_.dtype}{x.data_.shape}".encode() + np.ascontiguousarray(x.data_).tobytes() for x in found]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_replay_gives_the_bits_that_running_gives(case: Case) -> None:
    if case.op.name in BY_VALUE or case.op.moves:
        pytest.skip("its shape depends on numbers, or it chooses its device")
    run = whole(case)
    program = capture(run, *tensors(case, 1.0))
    check(program)
    eager = bits(run(*tensors(case, 0.96)))
    assert bits(program(*tensors(case, 0.96))) == eager
    assert any(row.op is case.op for row in program.rows)
    better, _ = optimized(program)
    check(better)
    assert bits(better(*tensors(case, 0.96))) == eager


# ------------------------------------------------------------------------------------------------ whole programs


def training() -> tuple[Any, Any, Any]:
    """A model with dropout, its optimizer, and a step that trains it."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Dropout(0.5), torch.nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=0.01)

    def step(x: Tensor, y: Tensor) -> Any:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return model, optimizer, step


def test_a_whole_training_step_is_one_program() -> None:
    xs = [torch.randn(5, 4) for _ in range(6)]
    ys = [torch.randn(5, 3) for _ in range(6)]

    model, _, step = training()
    eager = [step(x, y).item() for x, y in zip(xs, ys, strict=True)]

    twin, optimizer, captured_step = training()
    program = capture(captured_step, xs[0], ys[0])
    losses = [program.result.item()]
    for k in range(1, 6):
        losses.append(program(xs[k], ys[k]).item())
    assert losses == eager
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        assert p.tolist() == q.tolist()
        assert p.grad.tolist() == q.grad.tolist()
    assert {row.phase for row in program.rows} == {"forward", "backward", "update"}
    assert program.notes == ()
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.param_groups[0]["weight_decay"] = 0.0
    before = twin[0].weight.tolist()
    program(xs[0], ys[0])
    assert twin[0].weight.tolist() == before  # a schedule's rate is read anew on each replay


def test_gradients_that_were_there_are_added_to() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)

    def accumulate(x: Tensor) -> None:
        (w * x).sum().backward()

    accumulate(torch.ones(2))
    program = capture(accumulate, torch.ones(2))
    program(torch.tensor([10.0, 20.0]))
    assert w.grad.tolist() == [12.0, 22.0]
    w.grad = None
    with pytest.raises(GuardError, match="had a gradient"):
        program(torch.ones(2))


def test_a_gradient_that_is_let_go_is_not_mistaken_for_a_new_value() -> None:
    ws = [torch.ones(100, requires_grad=True) for _ in range(100)]
    sum(((w * 2).sum() for w in ws), torch.zeros(())).backward()

    def step(x: Tensor) -> Any:
        for w in ws:
            w.grad = None  # its memory may be the next value's
        made = [torch.full((100,), float(k)) for k in range(200)]
        return sum((m * x for m in made), torch.zeros(100))

    program = capture(step, torch.ones(100))
    assert {slot.kind for slot in program.slots} == {"feed", "constant", "value"}


def test_writes_by_hand_go_into_the_parameters() -> None:
    w = torch.tensor([1.0, 1.0], requires_grad=True)

    def step() -> Any:
        loss = (w * w).sum()
        loss.backward()
        with torch.no_grad():
            w.sub_(0.1 * w.grad)
            w.grad.zero_()
        return loss

    program = capture(step)
    found = [program.result.item(), program().item(), program().item()]
    assert found == pytest.approx([2.0, 1.28, 0.8192])
    assert w.tolist() == pytest.approx([0.512, 0.512])
    assert w._version == 3


def test_what_is_made_inside_starts_anew_on_every_replay() -> None:
    def cumulate(x: Tensor) -> Any:
        total = torch.zeros(3, 2)
        total[1].add_(x)
        total += 1
        return total

    program = capture(cumulate, torch.ones(2))
    assert program(torch.full((2,), 5.0)).tolist() == [[1, 1], [6, 6], [1, 1]]
    assert program(torch.full((2,), 5.0)).tolist() == [[1, 1], [6, 6], [1, 1]]


def test_random_numbers_are_drawn_anew_from_the_same_stream() -> None:
    def noisy(x: Tensor) -> Any:
        return torch.nn.functional.dropout(x + torch.randn(4), 0.5) + torch.empty(4).uniform_() + torch.bernoulli(x / 9)

    x = torch.ones(4)
    program = capture(noisy, x)
    torch.manual_seed(3)
    eager = [noisy(x).tolist() for _ in range(3)]
    torch.manual_seed(3)
    assert [program(x).tolist() for _ in range(3)] == eager


def test_a_function_of_the_scripts_own_is_captured_with_its_rule() -> None:
    class Cube(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Any:
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx: Any, g: Tensor) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x * x * g

    def slope(x: Tensor) -> Any:
        leaf = x.detach().requires_grad_()
        Cube.apply(leaf).sum().backward()
        return leaf.grad

    program = capture(slope, torch.tensor([1.0, 2.0]))
    assert program(torch.tensor([3.0, 4.0])).tolist() == [27.0, 48.0]


# ------------------------------------------------------------------------------------------------ what it says and refuses


def notes(function: Any, *args: Any) -> list[str]:
    return [f"{n.kind} {n}" for n in capture(function, *args).notes]


def test_a_branch_on_a_value_is_baked_in_and_said_with_its_line() -> None:
    def signed(x: Tensor) -> Any:
        if x.sum() > 0:
            return x * 2
        return x * -1

    program = capture(signed, torch.ones(2))
    (note,) = program.notes
    assert note.kind == "branch"
    assert note.site is not None
    assert note.site.text == "if x.sum() > 0:"
    assert "it was True" in note.text
    assert program(-torch.ones(2)).tolist() == [-2.0, -2.0]  # running it would give 1


def test_reading_a_number_printing_and_leaving_for_numpy_are_said() -> None:
    assert "a value is read: it was 2" in notes(lambda x: x * x.sum().item(), torch.ones(2))[0]
    assert notes(lambda x: (print(x), x)[1], torch.ones(2))[0].startswith("print ")
    assert notes(lambda x: (print(f"{x.sum():.2f}"), x)[1], torch.ones(2))[0].startswith("print ")
    assert notes(lambda x: torch.from_numpy(x.numpy() * 2), torch.ones(2))[0].startswith("python ")
    assert notes(lambda x: torch.tensor(x.tolist()), torch.ones(2))[0].startswith("python ")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: (torch.ones(3),), r"captured for \(float32 \[2\]\), called with \(float32 \[3\]\)"),
        (lambda: (torch.ones(2, dtype=torch.float64),), "float64"),
        (lambda: (torch.ones(2, requires_grad=True),), "requires grad"),
        (lambda: (torch.ones(2), 1), "called with"),
    ],
)
def test_another_kind_of_arguments_is_refused(other: Any, message: str) -> None:
    program = capture(lambda *xs: xs[0] * 2, torch.ones(2))
    with pytest.raises(GuardError, match=message):
        program(*other())


def test_one_tensor_given_twice_is_not_two() -> None:
    program = capture(lambda a, b: a + b, *(torch.ones(2),) * 2)
    with pytest.raises(GuardError):
        program(torch.ones(2), torch.zeros(2))


def test_another_mode_is_refused() -> None:
    model = torch.nn.Dropout(0.5)
    program = capture(lambda x: model(x), torch.ones(2))
    model.eval()
    with pytest.raises(GuardError, match="captured in train mode, called in eval mode: Dropout"):
        program(torch.ones(2))
    model.train()
    with torch.no_grad(), pytest.raises(GuardError, match="captured with gradients on"):
        program(torch.ones(2))


def test_an_optimizer_with_a_closure_is_refused_with_its_line() -> None:
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.LBFGS([w])

    def closure() -> Any:
        loss = (w * w).sum()
        loss.backward()
        return loss

    with pytest.raises(CaptureError, match=r"line \d+.*closure"):
        capture(lambda: optimizer.step(closure))


def test_an_error_in_a_replay_names_the_line() -> None:
    def pick(x: Tensor, i: Tensor) -> Any:
        return x[i]

    program = capture(pick, torch.ones(3), torch.tensor([0, 2]))
    with pytest.raises((IndexError, RuntimeError), match=r"line \d+ \(return x\[i\]\)"):
        program(torch.ones(3), torch.tensor([0, 7]))


def test_every_op_has_its_rows_in_the_listing() -> None:
    program = capture(lambda x: torch.tanh(x * 2), torch.ones(2))
    assert [line.split("   #")[0] for line in str(program).splitlines()] == [
        "%1: float32[2] = mul(%0, 2)",
        "%2: float32[2] = tanh(%1)",
    ]
    assert OPS["tanh"] is program.rows[1].op


# ------------------------------------------------------------------------------------------------ passes


def names(program: Any) -> list[str]:
    return [row.op.name for row in program.rows]


def after(name: str, function: Any, *args: Any) -> tuple[Any, Any]:
    """A function's program, and what one pass makes of it; both give the same numbers."""
    program = capture(function, *args)
    found = PASSES[name](program)
    check(found)
    again = [torch.randn_like(x) for x in args]
    assert bits([found(*again)]) == bits([program(*again)])
    return program, found


def test_dead_code_goes() -> None:
    def wasteful(x: Any) -> Any:
        _ = torch.exp(x) * 2
        return torch.tanh(x)

    program, found = after("dead code", wasteful, torch.ones(3))
    assert names(program) == ["exp", "mul", "tanh"]
    assert names(found) == ["tanh"]


def test_constants_are_computed_once() -> None:
    def scaled(x: Any) -> Any:
        return x * (torch.ones(3) * 2 + 1).sqrt()

    _, found = after("constant folding", scaled, torch.ones(3))
    assert names(found) == ["mul"]


def test_what_is_computed_twice_is_computed_once() -> None:
    def twice(x: Any) -> Any:
        return torch.tanh(x * 2) + torch.tanh(x * 2) * torch.tanh(x * 2.0)

    program, found = after("common subexpressions", twice, torch.ones(3))
    assert names(program).count("tanh") == 3
    assert names(found).count("tanh") == 2  # 2 and 2.0 are two numbers


def test_what_a_write_may_change_is_not_shared() -> None:
    def written(x: Any) -> Any:
        a, b = x * 2, x * 2
        a += 1
        return a + b + (torch.zeros(3) + 0).add_(x)

    program, found = after("common subexpressions", written, torch.ones(3))
    assert names(program) == names(found)
    after("constant folding", written, torch.ones(3))


def test_an_elementwise_chain_becomes_one_row() -> None:
    def chain(x: Any) -> Any:
        return torch.tanh(x * 2 + 1).sum()

    program, found = after("elementwise fusion", chain, torch.randn(100, 100))
    assert names(program) == ["mul", "add", "tanh", "sum"]
    assert names(found) == ["mul_add_tanh", "sum"]
    assert peak(found) < peak(program)
    _, small = after("elementwise fusion", chain, torch.randn(10))
    assert names(small) == ["mul", "add", "tanh", "sum"]


def test_a_chain_that_another_reads_is_not_swallowed() -> None:
    def shared(x: Any) -> Any:
        y = x * 2
        return (y + 1) * y.sum()

    _, found = after("elementwise fusion", shared, torch.randn(100, 100))
    assert names(found)[0] == "mul"


def test_results_are_written_into_dying_arrays() -> None:
    def chain(x: Any) -> Any:
        for _ in range(4):
            x = torch.tanh(x * 1.5)
        return x

    x = torch.randn(50)
    program, found = after("buffer reuse", chain, x)
    kept = x.clone()
    found(x)
    assert x.tolist() == kept.tolist()  # never the caller's own
    assert [row.into is not None for row in found.rows] == [False] + [True] * 7
    assert peak(found) == 50 * 4
    assert peak(program) == 2 * 50 * 4


def test_all_passes_keep_a_training_step_as_it_is() -> None:
    x, y = torch.randn(5, 4), torch.randn(5, 3)
    model, _, step = training()
    eager = [step(x, y).item() for _ in range(4)]
    twin, _, captured_step = training()
    program, stages = optimized(capture(captured_step, x, y))
    assert [eager[0], *(program(x, y).item() for _ in range(3))] == eager
    assert [p.tolist() for p in model.parameters()] == [p.tolist() for p in twin.parameters()]
    assert stages[-1].after < stages[0].before


def test_the_checker_finds_a_bad_program() -> None:
    program = capture(lambda x: torch.tanh(x * 2), torch.ones(2))
    check(program)
    check_types(program, [np.ones(2, np.float32)])
    with pytest.raises(CheckError, match=r"row 0 \(tanh, line \d+.*reads %1 before anything sets it"):
        check(program.replaced(rows=program.rows[::-1]))
    with pytest.raises(CheckError, match="which is set already"):
        check(program.replaced(rows=program.rows + program.rows[:1]))
    with pytest.raises(CheckError, match="hands out %2, which nothing sets"):
        check(program.replaced(rows=program.rows[:1]))
    with pytest.raises(CheckError, match=r"%1 is float64 \[2\]; the program says float32 \[2\]"):
        check_types(program, [np.ones(2, np.float64)])
