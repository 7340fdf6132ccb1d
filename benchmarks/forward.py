"""A forward pass of two small torch models on the CPU: plain, with torch's own hooks that do nothing, and under watch
without and with what the activations hold."""

from __future__ import annotations

from benchmarks.measure import Row
from benchmarks.peers import Entrant, Race, race

TORCH = """
import torch
from torch import nn
torch.set_num_threads(1)
torch.manual_seed(0)
MLP = nn.Sequential(
    nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 2)
)
CNN = nn.Sequential(
    nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 13 * 13, 10)
)
"""
SHAPES = {"MLP": (8, 32), "CNN": (4, 3, 32, 32)}
BODY = """
model, batch = {model}.eval(), torch.randn({shape})
def body():
    with torch.no_grad():
        model(batch)
"""
HOOKS = """
nn.modules.module.register_module_forward_pre_hook(lambda module, given: None)
nn.modules.module.register_module_forward_hook(lambda module, given, result: None)
"""
GUARD = """
import atexit, jupyter_mlsec, pathlib
pathlib.Path("policy.toml").write_text({policy!r})
guard = jupyter_mlsec.guard("policy.toml")
guard.__enter__()
atexit.register(guard.__exit__, None, None, None)
"""
WITHOUT = 'profile = "guard"\n'
WITH = 'profile = "guard"\n\n[interception]\nactivations = true\n'
TIMES = 200


def rows() -> list[Row]:
    """Nine modules each; without torch, or before torch is watched, the rows say so."""
    found: list[Row] = []
    for model, note in (("MLP", "7 modules, 8 rows of 32"), ("CNN", "7 modules, 4 images of 32 x 32")):
        measured = run(model)
        found += [
            measured.taken(f"forward of the {model}, plain", "plain", "us", note=note),
            measured.added(f"forward of the {model}, added by torch's own hooks that do nothing", "hooks", "us"),
            measured.added(f"forward of the {model}, added", "guarded", "us"),
            measured.added(f"forward of the {model}, added, functional activations too", "statistics", "us"),
        ]
    return found


def run(model: str) -> Race:
    """One model in four processes."""
    body = BODY.format(model=model, shape=SHAPES[model])
    setups = {
        "plain": TORCH + body,
        "hooks": TORCH + HOOKS + body,
        "guarded": TORCH + GUARD.format(policy=WITHOUT) + body,
        "statistics": TORCH + GUARD.format(policy=WITH) + body,
    }
    return race({name: Entrant(setup=setup, times=TIMES, peer="torch") for name, setup in setups.items()})
