"""The judgement of models: figures, subgroups, runs, bundles, comparisons, all computed from `Predictions`."""
