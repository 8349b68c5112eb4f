#!/bin/sh
# Dependencies of which any version will do: what was tested is not what is installed next week.
count=$(grep '^dependencies = ' pyproject.toml | grep -o '"[^"]*"' | grep -cv '[<>=~]')
echo "dependencies without a version: $count"
