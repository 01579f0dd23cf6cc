"""Stage 5, for other programs: JSON, CSV and Parquet, and the folder of all.

``faces.csv`` and ``faces.parquet`` are our table, ``openface.csv`` is the same for scripts that
read OpenFace, ``windows.csv`` has the verdicts per stretch of time, ``detections.json`` has the
moments and the key numbers. ``comparison.csv`` and ``comparison.json`` are what several
classifiers say about the same faces.
"""

from facemotion.export.comparison import (
    COMPARISON_COLUMNS,
    comparison_csv,
    comparison_json,
    comparison_numbers,
    comparison_rows,
    write_comparison,
)
from facemotion.export.document import (
    MEASURES,
    SCHEMA_PATH,
    SCHEMA_VERSION,
    detections,
    detections_json,
    percentages,
)
from facemotion.export.folder import LANDMARKS, card_name, write_all
from facemotion.export.groups import (
    MEMBER_COLUMNS,
    group_curves_csv,
    group_differences_csv,
    group_means_csv,
    group_summary_csv,
)
from facemotion.export.openface import OPENFACE_COLUMNS, openface_csv, openface_rows
from facemotion.export.summary import people_numbers, summary_numbers
from facemotion.export.table import CSV_COLUMNS, as_csv, faces_csv, faces_parquet, rows, rows_of
from facemotion.export.windows import windows_csv, windows_table

__all__ = [
    "COMPARISON_COLUMNS",
    "CSV_COLUMNS",
    "LANDMARKS",
    "MEASURES",
    "MEMBER_COLUMNS",
    "OPENFACE_COLUMNS",
    "SCHEMA_PATH",
    "SCHEMA_VERSION",
    "as_csv",
    "card_name",
    "comparison_csv",
    "comparison_json",
    "comparison_numbers",
    "comparison_rows",
    "detections",
    "detections_json",
    "faces_csv",
    "faces_parquet",
    "group_curves_csv",
    "group_differences_csv",
    "group_means_csv",
    "group_summary_csv",
    "openface_csv",
    "openface_rows",
    "people_numbers",
    "percentages",
    "rows",
    "rows_of",
    "summary_numbers",
    "windows_csv",
    "windows_table",
    "write_all",
    "write_comparison",
]
