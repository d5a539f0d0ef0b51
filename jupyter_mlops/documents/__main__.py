"""`python -m jupyter_mlops.documents` prints the JSON Schema."""

import json

from jupyter_mlops.documents.schema import schema

print(json.dumps(schema(), indent=2, sort_keys=True))
