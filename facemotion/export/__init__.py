"""Stage 5, for other programs: detections.json, faces.csv, faces.parquet, and the folder of all."""

from facemotion.export.document import (
    MEASURES,
    SCHEMA_PATH,
    SCHEMA_VERSION,
    detections,
    detections_json,
    percentages,
    summary_numbers,
)
from facemotion.export.folder import card_name, write_all
from facemotion.export.table import CSV_COLUMNS, faces_csv, faces_parquet, rows

__all__ = [
    "CSV_COLUMNS",
    "MEASURES",
    "SCHEMA_PATH",
    "SCHEMA_VERSION",
    "card_name",
    "detections",
    "detections_json",
    "faces_csv",
    "faces_parquet",
    "percentages",
    "rows",
    "summary_numbers",
    "write_all",
]
