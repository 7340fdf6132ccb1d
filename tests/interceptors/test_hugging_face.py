"""transformers and datasets under watch: one record a call, the hub told from a folder, no token or password."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from tests.interception.posts import Post

transformers = pytest.importorskip("transformers")
datasets = pytest.importorskip("datasets")
torch = pytest.importorskip("torch")

SIZES = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8, "vocab_size": 9}


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    post = Post(root=str(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


def model():
    return transformers.BertForSequenceClassification(transformers.BertConfig(**SIZES))


def done(post):
    return [(one.action, one.resource.kind, one.resource.name) for one in (entry.operation for entry in post.recorded)]


def test_a_model_is_saved_and_loaded_by_its_folder_whichever_class_is_asked(post):
    model().save_pretrained("m")
    transformers.AutoModelForSequenceClassification.from_pretrained("m")
    assert done(post) == [("write", "file", "m"), ("read", "file", "m")]


def test_a_model_of_the_hub_is_named_as_such_and_its_token_is_not(post):
    config = transformers.BertConfig(**SIZES)
    with pytest.raises(OSError, match="nobody/nothing"):
        transformers.BertModel.from_pretrained("nobody/nothing", config=config, token="hf_VerySecret")
    assert done(post) == [("read", "url", "hf://nobody/nothing")]
    assert b"VerySecret" not in msgspec.json.encode(post.entries)


def test_a_forward_pass_given_by_keywords_is_one_record(post):
    model()(input_ids=torch.ones(1, 3, dtype=torch.long))
    assert done(post) == [("predict", "model", "BertForSequenceClassification")]


def test_a_table_that_is_loaded_and_converted_is_named_once_a_call(post):
    with open("d.csv", "w") as file:
        file.write("a\n1\n2\n")
    table = datasets.load_dataset("csv", data_files={"train": "d.csv"}, cache_dir="cache")["train"]
    table.to_parquet("o.parquet")
    table.save_to_disk("o")
    datasets.load_from_disk("o")
    assert done(post) == [
        ("read", "file", "d.csv"),
        ("write", "file", "o.parquet"),
        ("write", "file", "o"),
        ("read", "file", "o"),
    ]


def test_a_dataset_of_the_hub_is_named_as_such(post):
    with pytest.raises(Exception, match="nothing"):
        datasets.load_dataset("nobody/nothing", token="hf_VerySecret")
    assert done(post) == [("read", "url", "hf://nobody/nothing")]
    assert b"VerySecret" not in msgspec.json.encode(post.entries)


def test_literals_of_a_query_and_the_password_of_its_database_are_not_recorded(post):
    with sqlite3.connect("t.db") as connection:
        connection.execute("create table t (a text)")
        connection.execute("insert into t values ('x')")
    datasets.Dataset.from_sql("select a from t where a <> 'VerySecret'", "sqlite:///t.db", cache_dir="cache")
    with pytest.raises(Exception, match=r"no such place|unable to open|Can't load|No module"):
        datasets.Dataset.from_dict({"a": ["x"]}).to_sql("t", "postgresql://me:VerySecret@localhost/no such place")
    assert b"VerySecret" not in msgspec.json.encode(post.entries)
    assert [entry.outcome for entry in post.recorded if entry.operation.library == "datasets"] == ["done", "failed"]


def test_a_streamed_file_is_told_when_it_is_named_and_when_it_flows(post):
    with open("d.csv", "w") as file:
        file.write("a\n1\n2\n")
    stream = datasets.load_dataset("csv", data_files="d.csv", split="train", streaming=True)
    assert done(post) == [("read", "file", "d.csv")]
    assert [row["a"] for row in stream] == [1, 2]
    assert set(done(post)) == {("read", "file", "d.csv")}
