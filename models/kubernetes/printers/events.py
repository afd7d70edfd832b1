"""Events in a table.

Source: pkg/printers/internalversion/printers.go (printEvent)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.durations import translate_timestamp_since
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(
    Column("Last Seen"),
    Column("Type"),
    Column("Reason"),
    Column("Object"),
    Column("Subobject", wide=True),
    Column("Source", wide=True),
    Column("Message"),
    Column("First Seen", wide=True),
    Column("Count", wide=True),
    Column("Name", wide=True),
)


def print_event(event: ApiObject, options: Options) -> Cells:
    """LAST SEEN TYPE REASON OBJECT MESSAGE, and with wide SUBOBJECT SOURCE, FIRST SEEN COUNT NAME."""
    about = event["involvedObject"]
    first = translate_timestamp_since(event.get("firstTimestamp") or event.get("eventTime"), options.now)
    last = translate_timestamp_since(event["lastTimestamp"], options.now) if event.get("lastTimestamp") else first
    target = about["kind"].lower() + (f"/{about['name']}" if about.get("name") else "")
    cells: Cells = [last, event["type"], event["reason"], target]
    if options.wide:
        source = event.get("source") or {}
        cells += [about.get("fieldPath") or "", ", ".join(filter(None, (source.get("component"), source.get("host"))))]
    cells.append(event["message"].strip())
    if options.wide:
        cells += [first, event.get("count") or 1, event["metadata"]["name"]]
    return cells


EVENT = Printer(columns=COLUMNS, cells=print_event)
