"""Simulation: rules played over history by the product's own handlers, in a database made for it and dropped after."""
