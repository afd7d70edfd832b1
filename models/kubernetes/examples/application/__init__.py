"""The example Application: its definition, two objects, a repository and its controller."""
