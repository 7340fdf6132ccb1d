"""A notebook and the tables it reads: what `jupyter mlsec demo` runs and `make lab` opens. No network needed."""
