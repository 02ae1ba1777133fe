"""The fitting of a network: batches, losses, the loop, its state, what a run writes, and predictions of a run."""
