"""The networks: trunks, heads, one flat functional graph of them, and the local weights that they start from."""
