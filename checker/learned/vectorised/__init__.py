"""The compiled loops of the learned engine once more, written with numpy: whole columns at a time, no loop over rows."""
