"""A sealed file is compared with what the ledger knows of it: another file in its place is pointed out."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

SAVE = "df = pd.DataFrame({'n': range(50)})\ndf.to_parquet('a.parquet')"
READ = "print(len(pd.read_parquet('a.parquet')))"
FORGE = """
import sys, pandas as pd
from jupyter_mlsec.vault import AgeWriter
from jupyter_mlsec.vault.keys import parse_recipient
with open(sys.argv[1], "wb") as file, AgeWriter(file, [parse_recipient(sys.argv[2])]) as sealed:
    pd.DataFrame({"n": range(51)}).to_parquet(sealed)
"""


@pytest.fixture
def sealing(kernel, project):
    (project / ".mlsec").mkdir()
    (project / ".mlsec" / "policy.toml").write_text('[encryption]\nseal = "all"\n')
    kernel.run("%load_ext jupyter_mlsec\nimport pandas as pd")
    kernel.run("%mlsec keys init --yes --fleeting")
    return kernel


def recipient(kernel):
    shown = kernel.run("%mlsec keys show").text
    return next(line.strip() for line in shown.splitlines() if line.strip().startswith("age1pq1"))


def test_what_somebody_put_in_the_place_of_a_sealed_file_is_pointed_out(sealing, project):
    assert "sealed" in sealing.run(SAVE).text
    assert sealing.run(READ).text.strip() == "50"
    forged = [sys.executable, "-c", FORGE, str(project / "a.parquet"), recipient(sealing)]
    subprocess.run(forged, check=True, timeout=120)
    ran = sealing.run(READ)
    assert "51" in ran.text
    assert "a.parquet is not the file that was sealed here last" in ran.text
    sealing.run(SAVE)
    assert sealing.run(READ).text.strip() == "50"


def test_an_older_copy_put_back_is_pointed_out_too(sealing, project):
    sealing.run(SAVE)
    shutil.copy(project / "a.parquet", project / "old")
    sealing.run(SAVE)
    (project / "old").replace(project / "a.parquet")
    assert "not the file that was sealed here last" in sealing.run(READ).text


def test_what_another_guarded_process_saved_is_known(sealing, project):
    sealing.run(SAVE)
    script = "import jupyter_mlsec as mlsec, pandas as pd\nwith mlsec.guard():\n" + "".join(
        f"    {line}\n" for line in SAVE.splitlines()
    )
    sealing.run(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {script!r}], check=True)")
    assert "not the file" not in sealing.run(READ).text
    assert "not the file" not in sealing.run("%mlsec findings").text


@pytest.mark.parametrize("cell", ["!python train.py", "!python -c \"open('a.parquet')\"", "%%bash\npython3 train.py"])
def test_a_program_that_was_told_of_a_sealed_file_is_pointed_out(sealing, project, cell):
    (project / "train.py").write_text("import pandas as pd\nprint(len(pd.read_parquet('a.parquet')))\n")
    sealing.run(SAVE)
    ran = sealing.run(cell)
    assert "a.parquet is sealed, and a program that this cell started speaks of it" in ran.text
    for other in ("!echo done\nprint('a.parquet')", "!head -c 20 a.parquet", "!cp a.parquet b.parquet", "!python -V"):
        assert "a.parquet is sealed" not in sealing.run(other).text


def test_a_saver_that_is_closed_later_is_told_of_too(sealing, project):
    ran = sealing.run(
        "import pyarrow as pa, pyarrow.parquet as pq\n"
        "with pq.ParquetWriter('w.parquet', pa.schema({'n': pa.int64()})) as writer:\n"
        "    writer.write_table(pa.table({'n': [1, 2]}))\n"
    )
    assert "w.parquet was sealed for you" in ran.text
    assert (project / "w.parquet").read_bytes().startswith(b"age-encryption.org/v1\n")
