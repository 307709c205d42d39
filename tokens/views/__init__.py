"""One module an endpoint, named like its key in the metadata without `_endpoint` or `_uri`; the pages too."""
