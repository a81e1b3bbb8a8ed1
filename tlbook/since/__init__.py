"""Since the talk, 2017 to today: short methods, one idea each.

Everything is imported on first access, so that this package needs no torch until
a method does.
"""

from tlbook import _extras

_MODULES = {
    "CDAN": "cdan",
    "M3SDA": "m3sda",
    "MCC": "mcc",
    "MCD": "mcd",
    "MDD": "mdd",
    "SHOT": "shot",
    "TENT": "tent",
    "AdaBN": "tent",
    "SelfTraining": "self_training",
    "MeanTeacher": "consistency",
    "FixMatch": "consistency",
    "OTDA": "optimal_transport",
    "LinearOT": "linear_ot",
    "JDOT": "jdot",
    "PartialTransfer": "partial_transfer",
    "OpenSet": "open_set",
    "GroupDRO": "group_dro",
    "IRM": "group_dro",
    "VREx": "group_dro",
    "LoRA": "lora",
    "L2SP": "l2_sp",
    "InContextRegressor": "in_context",
    "ContrastivePretraining": "contrastive",
    "SWA": "averaging",
    "average": "averaging",
    "distill": "distillation",
    "edit": "averaging",
    "greedy_soup": "averaging",
    "task_vector": "averaging",
}

__all__ = [
    "CDAN",
    "IRM",
    "JDOT",
    "L2SP",
    "M3SDA",
    "MCC",
    "MCD",
    "MDD",
    "OTDA",
    "SHOT",
    "SWA",
    "TENT",
    "AdaBN",
    "ContrastivePretraining",
    "FixMatch",
    "GroupDRO",
    "InContextRegressor",
    "LinearOT",
    "LoRA",
    "MeanTeacher",
    "OpenSet",
    "PartialTransfer",
    "SelfTraining",
    "VREx",
    "average",
    "distill",
    "edit",
    "greedy_soup",
    "task_vector",
]


def __getattr__(name):
    if name in _MODULES:
        return getattr(_extras.load(f"tlbook.since.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_MODULES])
