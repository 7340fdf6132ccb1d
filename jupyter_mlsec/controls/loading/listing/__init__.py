"""Makes `listed.json`: run by `python -m jupyter_mlsec.controls.loading.listing`; versions listed before are kept."""
