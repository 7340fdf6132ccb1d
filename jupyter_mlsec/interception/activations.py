"""What goes into and comes out of each activation of a torch model, looked at during some of its forward passes."""

from __future__ import annotations

import contextlib
import sys
import threading
import weakref
from functools import lru_cache
from typing import Any

from jupyter_mlsec.host import places
from jupyter_mlsec.protocol.facts import Activation, Activations, Spread

_MOST = 64
"""Activations of one forward pass that are looked at; the rest are counted."""
_LARGE = 4 << 20
"""Bytes of a tensor of which all are digested; of a larger one evenly spread values are."""
_HOME = "torch.nn.modules.activation"
_NOT_ONE = frozenset({"MultiheadAttention"})
_FUNCTIONS = frozenset(
    [
        "relu",
        "relu_",
        "relu6",
        "leaky_relu",
        "leaky_relu_",
        "elu",
        "elu_",
        "selu",
        "celu",
        "gelu",
        "silu",
        "mish",
        "sigmoid",
        "sigmoid_",
        "tanh",
        "tanh_",
        "hardtanh",
        "hardswish",
        "hardsigmoid",
        "softplus",
        "softsign",
        "softmax",
        "log_softmax",
        "softmin",
        "logsigmoid",
        "prelu",
        "rrelu",
        "glu",
    ]
)
_passes: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()


def model_asked(call: Any) -> str | None:  # Any: a Call; a torch module of the user's is its self
    """The class of the model that is asked; None for a loss or a symbol, and where its code is read or run again.

    Then even a look at a tensor's shape would be taken for part of the model. A backward pass computes some layers
    again (`torch.utils.checkpoint`), and breaks that off by raising.
    """
    torch: Any = sys.modules["torch"]
    is_read = torch.jit.is_tracing() or torch.fx._symbolic_trace._is_fx_tracing_flag
    if is_read or torch._C._current_graph_task_id() != -1:
        return None
    model = call.args[0]
    if isinstance(model, torch.nn.modules.loss._Loss) or _is_symbol(call.value):
        return None
    return type(getattr(model, "_orig_mod", model)).__name__


def _is_symbol(value: Any) -> bool:
    """Whether keras is building a model: its layers are called with what stands for a tensor."""
    return type(value).__name__ == "KerasTensor"


def look_on(call: Any, *, functional: bool, passes: str = "some", keeps: bool = False) -> Observer | None:
    """An observer of this forward pass, the 1st, 2nd, 4th, 8th ... of its model (or all); None for the others.

    Models with a compiled part are left alone: a hook would have it compiled anew.
    """
    if passes == "none":
        return None
    model = call.args[0]
    number = _passes[model] = _passes.get(model, 0) + 1
    if (number & (number - 1) and passes != "all") or _is_counted() or any(map(_is_compiled, model.modules())):
        return None
    if keeps:
        call.seen = {}
    return Observer(model, functional=functional, kept=call.seen)


def _is_counted() -> bool:
    """Whether each operation is handed to somebody (a profiler, a counter of operations): ours are none of theirs."""
    torch: Any = sys.modules["torch"]
    return bool(torch._C._len_torch_dispatch_stack() or torch.autograd._profiler_enabled())


def _is_activation(module: Any) -> bool:
    kind = type(module)
    return kind.__module__ == _HOME and kind.__name__ not in _NOT_ONE


def _is_compiled(model: Any) -> bool:
    kind = type(model)
    return getattr(model, "_compiled_call_impl", None) is not None or kind.__module__.startswith(
        ("torch._dynamo", "torch.jit")
    )


class Observer:
    """Hooks of ours for one forward pass, in its own thread. Nothing of it raises, or keeps a tensor unasked."""

    def __init__(self, model: Any, *, functional: bool, kept: dict[str, Any] | None = None) -> None:
        self._torch: Any = sys.modules["torch"]
        self._thread = threading.get_ident()
        self._within: list[Spread | None] = []
        self._seen: list[Activation] = []
        self._more = 0
        self._kept = kept
        """Copies of what was looked at, where the policy asks for them."""
        self._names: dict[int, str] = {}
        self._open = contextlib.ExitStack()
        for name, module in model.named_modules():
            if _is_activation(module):  # a hook for all modules would send each of them another way
                self._names[id(module)] = name
                self._open.callback(module.register_forward_pre_hook(self._before).remove)
                self._open.callback(module.register_forward_hook(self._after).remove)
        if functional:
            self._open.enter_context(_mode(self))

    def close(self) -> Activations | None:
        """Take the hooks away; what was seen, if anything was."""
        self._open.close()
        if not self._seen:
            return None
        return Activations(layers=tuple(self._seen), more=self._more)

    def _before(self, module: Any, inputs: Any) -> None:
        del module
        if threading.get_ident() == self._thread:
            self._within.append(self.spread(inputs[0] if inputs else None))

    def _after(self, module: Any, inputs: Any, output: Any) -> None:
        del inputs
        if self._within and threading.get_ident() == self._thread:
            name = self._names.get(id(module)) or type(module).__name__
            self.note(name, type(module).__name__, self._within.pop(), output)

    @property
    def is_within(self) -> bool:
        """Whether an activation module is running: the function it calls is not another activation."""
        return bool(self._within)

    def note(self, name: str, kind: str, before: Spread | None, output: Any) -> None:
        """Keep what one activation did, unless there were too many already."""
        after = self.spread(output)
        if before is None or after is None:
            return
        if len(self._seen) >= _MOST:
            self._more += 1
            return
        self._seen.append(Activation(layer=name, kind=kind, before=before, after=after))

    def spread(self, tensor: Any) -> Spread | None:
        """The statistics of one tensor; None for what has none."""
        try:
            return self._measure(tensor)
        except Exception:  # a tensor of a kind we do not know (meta, nested, symbolic): it is not looked at
            return None

    def _measure(self, tensor: Any) -> Spread | None:
        torch = self._torch
        if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point() or not tensor.numel():
            return None
        with torch.no_grad(), torch._C.DisableTorchFunction():
            values = tensor.detach()
            if self._kept is not None and len(self._kept) < 2 * _MOST:
                self._kept[f"activation-{len(self._kept):03}"] = values.clone()
            nans = values.isnan()
            share = float(nans.float().mean())
            known = values[~nans] if share else values
            if not known.numel():
                return Spread(minimum=None, maximum=None, mean=None, zeros=0.0, nans=share)
            low, high = torch.aminmax(known)
            zeros = float((known == 0).float().mean()) * (1 - share)
            return Spread(
                minimum=_finite(float(low)),
                maximum=_finite(float(high)),
                mean=_finite(float(known.float().mean())),
                zeros=zeros,
                nans=share,
                digest=_digests().of(values)[0],
            )


@lru_cache(maxsize=1)
def _digests() -> Any:
    """What makes digests; imported when the first tensor is looked at."""
    from jupyter_mlsec.controls.models.content import Digests

    return Digests(places.data_folder, _LARGE)


def _finite(number: float) -> float | None:
    return number if abs(number) != float("inf") and number == number else None


def _mode(observer: Observer) -> Any:  # Any: a TorchFunctionMode, whose class is made only where torch is
    """A mode in which functional activations are told to the observer."""
    overrides: Any = sys.modules["torch.overrides"]  # torch's own first import brings it

    class Functional(overrides.TorchFunctionMode):  # type: ignore[misc]
        """Sees every torch function of this thread while it is on."""

        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            del types
            name = getattr(function, "__name__", "")
            if name not in _FUNCTIONS or observer.is_within or not args:
                return function(*args, **(kwargs or {}))
            before = observer.spread(args[0])
            output = function(*args, **(kwargs or {}))
            observer.note(name, name, before, output)
            return output

    return Functional()
