"""Owns the learning rate at each update. Plain arithmetic; never touches an optimiser."""

from __future__ import annotations

import math

from training.config import ScheduleConfig


def learning_rate(schedule: ScheduleConfig, peak: float, update: int, updates: int, falls: int) -> float:
    """The rate for update number `update` (from 0) of `updates`; `falls`: how often the plateau has cut it.

    The warm-up rises from a twentieth of `peak`; "cosine" then falls to 0 (Loshchilov and Hutter 2017).
    """
    warm = max(1, round(updates * schedule.warm_up)) if schedule.warm_up else 0
    if update < warm:
        return peak * (0.05 + 0.95 * update / warm)
    if schedule.kind == "cosine":
        return peak * 0.5 * (1 + math.cos(math.pi * min(1.0, (update - warm) / max(1, updates - warm))))
    return peak * schedule.factor**falls if schedule.kind == "plateau" else peak
