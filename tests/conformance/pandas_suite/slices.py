"""Which of the libraries' own tests are run with the guard off and on: those that need no data file and no network."""

from __future__ import annotations

from typing import NamedTuple


class Slice(NamedTuple):
    """Some of a library's own test files. `least`: so many tests must have run to an end (skips not counted).

    watched: so many calls of these watched functions must have been recorded, or the guard was not there at all.
    """

    library: str
    files: tuple[str, ...]
    least: int
    watched: dict[str, int]
    options: tuple[str, ...] = ()


_IO = "tests/io/"
_PARSER = tuple(
    f"{_IO}parser/{name}"
    for name in (
        "dtypes",
        "usecols",
        "test_c_parser_only.py",
        "test_comment.py",
        "test_compression.py",
        "test_concatenate_chunks.py",
        "test_converters.py",
        "test_dialect.py",
        "test_encoding.py",
        "test_header.py",
        "test_index_col.py",
        "test_mangle_dupes.py",
        "test_multi_thread.py",
        "test_na_values.py",
        "test_parallel_read.py",
        "test_parse_dates.py",
        "test_python_parser_only.py",
        "test_quoting.py",
        "test_skiprows.py",
        "test_textreader.py",
        "test_unsupported.py",
        "test_upcast.py",
    )
)

_CHOSEN = "not slow and not network and not db and not clipboard"

PANDAS_CUT = Slice(
    library="pandas",
    files=(
        f"{_IO}parser/common",
        f"{_IO}json/test_compression.py",
        f"{_IO}json/test_json_table_schema_ext_dtype.py",
        f"{_IO}test_common.py",
        f"{_IO}test_parquet.py",
        f"{_IO}test_pickle.py",
    ),
    least=2000,
    watched={"read_csv": 1000, "read_pickle": 1000, "DataFrame.to_parquet": 100, "DataFrame.to_json": 20},
    options=(
        *("--no-strict-data-files", "-m", f"{_CHOSEN} and not single_cpu"),
        *("-k", "not proto_0 and not proto_1 and not proto_2 and not proto_3 and not proto_4"),
    ),
)

PANDAS_LONG = Slice(
    library="pandas",
    files=(
        *_PARSER,
        f"{_IO}parser/common",
        f"{_IO}json",
        f"{_IO}excel",
        f"{_IO}formats/test_to_csv.py",
        f"{_IO}formats/test_to_excel.py",
        f"{_IO}test_sql.py",
        f"{_IO}test_compression.py",
        f"{_IO}test_common.py",
        f"{_IO}test_feather.py",
        f"{_IO}test_orc.py",
        f"{_IO}test_parquet.py",
        f"{_IO}test_pickle.py",
    ),
    least=8000,
    watched={"read_csv": 5000, "DataFrame.to_json": 500, "read_sql": 50, "DataFrame.to_excel": 50},
    options=("--no-strict-data-files", "-m", _CHOSEN),
)

SKLEARN_CUT = Slice(
    library="sklearn",
    files=("tests/test_base.py", "tests/test_pipeline.py"),
    least=250,
    watched={"fit": 100, "predict": 30, "fit_transform": 50},
    options=("-k", "not test_feature_union_parallel and not test_pipeline_memory"),
)

SKLEARN_LONG = Slice(
    library="sklearn",
    files=(
        "compose/tests/test_column_transformer.py",
        "linear_model/tests/test_logistic.py",
        "preprocessing/tests/test_data.py",
        "tests/test_calibration.py",
        "tests/test_metaestimators.py",
        "tests/test_pipeline.py",
    ),
    least=500,
    watched={"fit": 1000, "predict": 100},
)
