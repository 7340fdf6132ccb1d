"""The policy: profile, a typed section per control, and who said so. Project files may only tighten until trusted."""

from jupyter_mlsec.policy.layer import PROFILES
from jupyter_mlsec.policy.policy import Policy, load
from jupyter_mlsec.policy.verbs import Report, check, show, trust_project

__all__ = ["PROFILES", "Policy", "Report", "check", "load", "show", "trust_project"]
