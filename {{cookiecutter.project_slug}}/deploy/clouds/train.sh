#!/bin/sh
# What a training job runs in its container: the pipeline of one commit. What it makes goes to DVC's remote, from
# where `dvc repro --pull` takes it.
set -eu
: "${SOURCE:?the repository to clone}" "${COMMIT:?what to check out in it}"
work="$(mktemp -d)"
git clone --quiet "$SOURCE" "$work/repo"
cd "$work/repo"
git checkout --quiet "$COMMIT"
dvc repro --pull
dvc push --run-cache
