"""Renderings of a trace, one file each: text, Mermaid, Graphviz, JSON."""
