"""The training module: data sets, splits, models, fitting, evaluation, synthesis, export of a bundle."""
