"""The learned engine: actions become decision trees over slots, walked by compiled code."""
