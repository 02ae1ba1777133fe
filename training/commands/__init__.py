"""The commands of the training module: one module each, with `add_arguments` and `run`."""
