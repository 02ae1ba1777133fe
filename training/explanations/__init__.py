"""Explanations of a network, measured: maps, baselines, agreement with lesions, faithfulness, sanity. Never fits."""
