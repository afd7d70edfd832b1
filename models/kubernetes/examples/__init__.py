"""Controllers of one's own, as a user would write them: `otofu` creates pods, `application` applies a folder."""
