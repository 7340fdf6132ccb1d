"""scikit-learn under watch, beside mlflow's autolog: a fit of about 100 ms, and a predict of one row."""

from __future__ import annotations

from benchmarks.measure import Row
from benchmarks.peers import MLFLOW, Entrant, Race, race

DATA = """
import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
random = numpy.random.default_rng(0)
features = random.normal(size=(4000, 20))
classes = (features[:, 0] + random.normal(size=4000) > 0).astype(int)
"""
GUARD = """
import atexit, jupyter_mlsec
guard = jupyter_mlsec.guard()
guard.__enter__()
atexit.register(guard.__exit__, None, None, None)
"""
AUTOLOG = MLFLOW + "mlflow.sklearn.autolog()\n"
LIGHT = MLFLOW + "mlflow.sklearn.autolog(log_models=False, log_datasets=False)\n"
FIT = "def body(): RandomForestClassifier(n_estimators=5, random_state=0, n_jobs=1).fit(features, classes)\n"
PREDICT = """
model = LogisticRegression().fit(features, classes)
one = features[:1]
def body(): model.predict(one)
"""
NETWORK = """
import warnings
from sklearn.neural_network import MLPClassifier
warnings.simplefilter("ignore")
model = MLPClassifier((32, 32), max_iter=3, random_state=0).fit(features, classes)
batch = features[:64]
def body(): model.predict_proba(batch)
"""
LOOKING = """
import atexit, jupyter_mlsec, pathlib
pathlib.Path("policy.toml").write_text('profile = "guard"\\n\\n[models]\\nactivations = "all"\\nevery_call = true\\n')
guard = jupyter_mlsec.guard("policy.toml")
guard.__enter__()
atexit.register(guard.__exit__, None, None, None)
"""


def rows() -> list[Row]:
    """The same work in four processes: plain, guarded, under autolog as it comes, and where it saves no model."""
    fit, predict, network = run(FIT, 2, 1), run(PREDICT, 200, 50), looked_into()
    light = "log_models=False, log_datasets=False"
    return [
        fit.taken("the plain fit", "plain", "ms"),
        fit.ratio("fit, guarded to plain", "guarded", goal=1.02),
        fit.ratio("fit, mlflow autolog to plain", "autolog", note="its defaults: it saves the model"),
        fit.ratio("fit, mlflow autolog to plain, no model saved", "light", note=light),
        predict.taken("the plain predict of one row", "plain", "us"),
        predict.added("predict of one row, added", "guarded", "us", goal=30),
        predict.added("predict of one row, added by mlflow autolog", "autolog", "us"),
        predict.added("predict of one row, added by mlflow autolog, no model saved", "light", "us", note=light),
        network.taken("a network's answer to 64 rows, plain", "plain", "us", note="MLPClassifier, two layers of 32"),
        network.added("a network's answer to 64 rows, added", "guarded", "us", note="some calls digested"),
        network.added("a network's answer to 64 rows, added, every call looked into", "all", "us"),
    ]


def looked_into() -> Race:
    """A small network of scikit-learn's: plain, guarded, and with every call digested and its activations told."""
    return race(
        {
            "plain": Entrant(setup=DATA + NETWORK, times=100),
            "guarded": Entrant(setup=DATA + GUARD + NETWORK, times=100),
            "all": Entrant(setup=DATA + LOOKING + NETWORK, times=100),
        }
    )


def run(body: str, times: int, few: int) -> Race:
    """One piece of work in each process, `times` a round; `few` under autolog, which needs longer."""
    return race(
        {
            "plain": Entrant(setup=DATA + body, times=times),
            "guarded": Entrant(setup=DATA + GUARD + body, times=times),
            "autolog": Entrant(setup=DATA + AUTOLOG + body, times=few, peer="mlflow"),
            "light": Entrant(setup=DATA + LIGHT + body, times=few, peer="mlflow"),
        }
    )
