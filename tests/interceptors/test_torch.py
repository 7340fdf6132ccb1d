"""A torch model under watch: one record for the outermost call, its activations seen, training left as it is."""

from __future__ import annotations

import copy
import io
import pickle
import threading

import pytest

from jupyter_mlsec.controls.contract import Quiet
from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.protocol.facts import Activations, ModelFacts
from tests.interception.posts import Post
from tests.interceptors.models_control import models

torch = pytest.importorskip("torch")
nn = torch.nn


@pytest.fixture
def post():
    post = Post()
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(inplace=True), nn.Linear(8, 3), nn.Softmax(dim=1))


def seen(post):
    """What was looked at in each recorded call."""
    return [fact for entry in post.recorded for fact in entry.facts if isinstance(fact, Activations)]


def test_the_outermost_call_is_one_record(post):
    assert network()(torch.randn(5, 4)).shape == (5, 3)
    done = [(entry.operation.action, entry.operation.resource.name, entry.outcome) for entry in post.recorded]
    assert done == [("predict", "Sequential", "done")]


def test_a_loss_is_no_model(post):
    nn.CrossEntropyLoss()(network()(torch.randn(2, 4)), torch.tensor([0, 1]))
    assert [entry.operation.resource.name for entry in post.recorded] == ["Sequential"]


def test_values_before_and_after_each_activation_are_told(post):
    values = torch.randn(100, 4)
    model = network()
    hidden = model[0](values)
    post.entries.clear()
    model(values)
    (fact,) = seen(post)
    relu, softmax = fact.layers
    assert (relu.layer, relu.kind, softmax.layer, softmax.kind) == ("1", "ReLU", "3", "Softmax")
    assert relu.before.minimum == pytest.approx(float(hidden.min()))
    assert relu.before.mean == pytest.approx(float(hidden.mean()), abs=1e-6)
    assert relu.after.minimum == 0
    assert relu.after.zeros == pytest.approx(float((hidden < 0).float().mean()))
    assert softmax.after.mean == pytest.approx(1 / 3, abs=1e-6)


def test_nan_and_infinity_are_counted_and_never_told_as_numbers(post):
    nn.ReLU()(torch.tensor([float("nan"), float("inf"), -1.0, 2.0]))
    (fact,) = seen(post)
    assert (fact.layers[0].before.nans, fact.layers[0].before.maximum) == (0.25, None)


def test_only_some_passes_are_looked_at(post):
    model = network()
    for _ in range(9):
        model(torch.randn(2, 4))
    assert len(post.recorded) == 9
    assert len(seen(post)) == 4  # the 1st, 2nd, 4th and 8th


def test_functions_are_looked_at_when_the_policy_asks(post):
    class Functional(nn.Module):
        def forward(self, values):
            return torch.sigmoid(nn.functional.relu(values))

    Functional()(torch.randn(4))
    assert seen(post) == []
    post.activations = True
    Functional()(torch.randn(4))
    assert [layer.kind for layer in seen(post)[0].layers] == ["relu", "sigmoid"]


def test_a_function_inside_an_activation_module_is_not_another(post):
    post.activations = True
    network()(torch.randn(2, 4))
    assert [layer.kind for layer in seen(post)[0].layers] == ["ReLU", "Softmax"]


def test_training_comes_out_the_same(post):
    def trained(model):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for step in range(10):
            optimizer.zero_grad()
            values = torch.full((3, 4), float(step))
            nn.functional.mse_loss(model(values), torch.zeros(3, 3)).backward()
            optimizer.step()
        return [parameter.detach().clone() for parameter in model.parameters()]

    post.scope.active = False
    plain = trained(network())
    post.scope.active = True
    assert all(torch.equal(a, b) for a, b in zip(plain, trained(network()), strict=True))


def test_the_users_own_hooks_stay_and_ours_go(post):
    model, calls = network(), []
    model[1].register_forward_hook(lambda *_: calls.append("mine"))
    model(torch.randn(1, 4))
    assert calls == ["mine"]
    assert [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model] == [0, 1, 0, 0]


def test_an_error_in_the_model_passes_and_leaves_no_hook(post):
    model = network()
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        model(torch.randn(5, 3))
    assert not any(module._forward_hooks for module in model)
    assert [(entry.outcome, entry.error) for entry in post.recorded] == [("failed", "RuntimeError")]


def test_compiled_traced_and_scripted_models_work(post):
    model, values = network().eval(), torch.randn(2, 4)
    expected = model(values)
    for other in (torch.compile(model, backend="eager"), torch.jit.trace(model, values), torch.jit.script(model)):
        assert torch.allclose(other(values), expected)
    assert all(entry.outcome == "done" for entry in post.recorded)


def compiled(model, backend):
    return torch.compile(model, backend=backend, fullgraph=True)


def partly_compiled(model, backend):
    inner = copy.deepcopy(model)
    inner.compile(backend=backend, fullgraph=True)
    return nn.Sequential(model, inner, compiled(copy.deepcopy(model), backend))


def hooked(model, backend):
    model[0].register_forward_hook(lambda module, inputs, output: output + 1)
    return compiled(model, backend)


@pytest.mark.parametrize("prepare", [compiled, hooked, partly_compiled])
def test_whole_graphs_are_compiled_as_often_as_without_us(post, prepare):
    from torch._dynamo.testing import CompileCounter

    def counted():
        torch._dynamo.reset()
        counter = CompileCounter()
        model = prepare(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.GELU()), counter)
        for _ in range(5):
            model(torch.ones(2, 4))
        return counter.frame_count, counter.op_count

    post.scope.active = False
    plain = counted()
    post.scope.active = True
    assert counted() == plain
    assert {entry.outcome for entry in post.recorded} == {"done"}
    assert seen(post) == []


def test_a_compiled_model_is_recorded_under_its_own_name(post):
    torch.compile(network(), backend="eager")(torch.randn(1, 4))
    assert [entry.operation.resource.name for entry in post.recorded] == ["Sequential"]


def test_nothing_of_ours_gets_into_a_traced_graph(post):
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def forward(self, values):
            return self.inner(values)

    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.activation = nn.ReLU()

        def forward(self, values):
            return self.activation(values)

    graph = torch.fx.symbolic_trace(Outer()).graph
    assert [node.op for node in graph.nodes] == ["placeholder", "call_module", "output"]
    exported = torch.export.export(Outer(), (torch.ones(2),)).graph
    assert [node.op for node in exported.nodes] == ["placeholder", "call_function", "output"]


def test_who_counts_operations_counts_none_of_ours(post):
    from torch.utils._python_dispatch import TorchDispatchMode

    class Counting(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            self.count += 1
            return function(*args, **(kwargs or {}))

    values = torch.ones(2)
    with Counting() as counting:
        nn.ReLU()(values)
    assert counting.count == 1


def test_layers_computed_again_for_a_backward_pass_are_no_call_of_the_users(post):
    from torch.utils.checkpoint import checkpoint

    checkpoint(network(), torch.randn(2, 4), use_reentrant=False).sum().backward()
    assert [entry.outcome for entry in post.recorded] == ["done"]


def test_a_models_card_knows_how_many_rows_it_was_asked_about(tmp_path):
    post = Post(models(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    try:
        network()(torch.randn(5, 4))
    finally:
        interception.uninstall()
    (card,) = post.gate.controls[0].cards.all
    assert (card.model, card.rows) == ("Sequential", 5)


@pytest.fixture
def watched(tmp_path):
    """A guard with the models control; gives the ModelFacts of what is recorded."""
    post = Post(models(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield lambda: [fact for entry in post.recorded for fact in entry.facts if isinstance(fact, ModelFacts)]
    interception.uninstall()


def test_a_model_is_known_by_its_weights_wherever_they_are_loaded(watched):
    model, values = network(), torch.ones(2, 4)
    model(values)
    again = network()
    again.load_state_dict(copy.deepcopy(model.state_dict()))
    again(values)
    with torch.no_grad():
        model[0].weight.add_(1)
    model(values)
    first, loaded, changed = watched()
    assert first.state == loaded.state is not None
    assert (first.input, first.output) == (loaded.input, loaded.output)
    assert changed.state != first.state


@pytest.mark.parametrize("make", ["trace", "script"])
def test_a_jit_module_is_recorded_and_left_as_it_is(make, watched):
    model = network().eval()
    values = torch.ones(2, 4)
    made = torch.jit.trace(model, values) if make == "trace" else torch.jit.script(model)
    assert torch.equal(made(values), model(values))
    assert all(fact.output is not None for fact in watched())


def test_odd_tensors_are_answers_too(watched):
    class Odd(nn.Module):
        def forward(self, values):
            return [values.to(torch.bfloat16), values.to_sparse(), None]

    Odd()(torch.eye(3))
    nn.Identity()(torch.empty(2, 2, device="meta"))
    nn.Identity()(torch.eye(3).to_sparse())
    assert len(watched()) == 3


def test_equal_activations_have_equal_digests(post):
    model, values = network(), torch.ones(2, 4)
    model(values)
    model(values)
    first, second = ([layer.after.digest for layer in fact.layers] for fact in seen(post))
    assert first == second
    assert None not in first


@pytest.mark.parametrize(("passes", "wanted"), [("none", 0), ("some", 3), ("all", 5)])
def test_the_policy_says_how_many_passes_are_looked_at(post, passes, wanted):
    post.passes, model = passes, network()
    for _ in range(5):
        model(torch.ones(1, 4))
    assert len(seen(post)) == wanted


def test_a_model_is_saved_loaded_copied_and_pickled_as_ever(post, tmp_path):
    model = network()
    torch.save(model.state_dict(), tmp_path / "m.pt")
    copy.deepcopy(model).load_state_dict(torch.load(tmp_path / "m.pt", weights_only=True))
    assert type(pickle.loads(pickle.dumps(model))) is nn.Sequential
    torch.save(model, io.BytesIO())
    made = [entry.operation.action for entry in post.recorded if entry.operation.resource.kind == "file"]
    assert made == ["write", "read"]


def test_threads_look_at_their_own_passes(post):
    models = [network() for _ in range(3)]
    threads = [threading.Thread(target=model, args=(torch.randn(2, 4),)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(fact.layers) for fact in seen(post)] == [2, 2, 2]


def test_loading_in_worker_processes_works(post):
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(torch.arange(8.0)), batch_size=2, num_workers=2)
    assert sum(float(batch.sum()) for (batch,) in loader) == 28


def test_tensors_are_kept_for_the_length_of_a_call_and_only_when_asked_for(post):
    kept = []

    class Looks(Quiet):
        name, may_deny = "looks", False

        def after(self, operation, call, value, facts):
            kept.append(call.seen)
            return ()

    post.gate.employ([Looks()])
    values = torch.ones(2, 4)
    network()(values)
    post.keeps_tensors, model = True, network()
    model(values)
    assert kept[0] is None
    assert list(kept[1]) == [f"activation-{number:03}" for number in range(4)]
    assert torch.equal(kept[1]["activation-000"], model[0](values))
    assert not kept[1]["activation-000"].requires_grad
