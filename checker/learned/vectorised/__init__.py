"""The compiled loops of the learned engine once more, with numpy: many rows at a time, and no loop over them."""
