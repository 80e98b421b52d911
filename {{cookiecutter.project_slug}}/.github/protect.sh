#!/usr/bin/env bash
# `make protect`: the rules in .github/rulesets{{ slot("more") }}.
set -euo pipefail

if ! command -v gh >/dev/null; then
    echo "Skipped: gh is not installed (https://cli.github.com)"
    exit 0
fi
if ! gh auth status >/dev/null 2>&1; then
    echo "Skipped: gh knows no account; run \`gh auth login\`"
    exit 0
fi

repo=$(gh repo view --json nameWithOwner --jq .nameWithOwner)
lacks=
# What a plan does not offer is told by GitHub, and does not keep back the rest.
for file in "$(dirname "$0")"/rulesets/*.json; do
    name=$(basename "$file" .json)
    id=$(gh api "repos/$repo/rulesets" --jq ".[] | select(.name == \"$name\") | .id" || true)
    if gh api --silent --method "$([ -n "$id" ] && echo PUT || echo POST)" \
        "repos/$repo/rulesets${id:+/$id}" --input "$file"; then
        echo "$repo: ruleset $name"
    else
        lacks="$lacks ruleset-$name"
    fi
done
{{- slot("environments") }}
if [ -n "$lacks" ]; then
    echo "Lacks, for the reasons above:$lacks" >&2
    exit 1
fi
{{- slot("next") }}
