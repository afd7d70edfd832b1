"""The example Otofu: its definition, an object, its pods and its controller."""
