"""Columns of pyarrow tables: known by their values after pyarrow's own operations, else said to be assumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lineage_guarded import Guarded

EVERY = {f"people.parquet:{name}" for name in ("id", "age", "pay")}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder, patch, rows = tmp_path_factory.mktemp("arrow"), pytest.MonkeyPatch(), range(300)
    patch.chdir(folder)
    patch.setenv("JUPYTER_DATA_DIR", str(folder / "data"))
    columns = {"id": list(rows), "age": [i * 37 % 90 for i in rows], "pay": [i * 1.7 + 3 for i in rows]}
    pq.write_table(pa.table(columns), Path("people.parquet"))
    book = Guarded(folder)
    book.run("import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq")
    book.run("t = pq.read_table('people.parquet')")
    yield book
    book.close()
    patch.undo()


KEPT = {
    "filtered": ("t.filter(pc.greater(t['age'], 40))", "pay", "pay", "values"),
    "renamed": ("t.select(['pay', 'age']).rename_columns(['wage', 'years'])", "wage", "pay", "fingerprint"),
    "sorted and sliced": ("t.sort_by('age').slice(10, 200)", "pay", "pay", "values"),
    "taken": ("t.take(pc.sort_indices(t['age']))", "id", "id", "values"),
    "beside a computed one": ("t.append_column('twice', pc.multiply(t['pay'], 2))", "age", "age", "fingerprint"),
    "in pandas": ("t.filter(pc.less(t['age'], 70)).to_pandas()", "pay", "pay", "values"),
    "joined": ("t.join(pa.table({'id': [1, 2, 3] * 9}).group_by('id').aggregate([]), 'id')", "pay", "pay", "values"),
}


@pytest.mark.parametrize("case", KEPT)
def test_a_column_that_keeps_its_values_is_known_by_them(book: Guarded, case: str) -> None:
    code, column, source, evidence = KEPT[case]
    book.run(f"out = {code}")

    assert book.told("out", column) == ({f"people.parquet:{source}"}, evidence)


def test_a_computed_column_may_be_made_of_any(book: Guarded) -> None:
    book.run("out = t.append_column('twice', pc.multiply(t['pay'], 2))")

    assert book.told("out", "twice") == (EVERY, "assumed")
