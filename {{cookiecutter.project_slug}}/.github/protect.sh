#!/usr/bin/env bash
# `make protect`: the rules in .github/rulesets, and a person's yes before production.
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
for file in "$(dirname "$0")"/rulesets/*.json; do
    name=$(basename "$file" .json)
    id=$(gh api "repos/$repo/rulesets" --jq ".[] | select(.name == \"$name\") | .id")
    if [ -n "$id" ]; then
        gh api --silent --method PUT "repos/$repo/rulesets/$id" --input "$file"
    else
        gh api --silent --method POST "repos/$repo/rulesets" --input "$file"
    fi
    echo "$repo: ruleset $name"
done

me=$(gh api user --jq .id)
gh api --silent --method PUT "repos/$repo/environments/staging"
gh api --silent --method PUT "repos/$repo/environments/production" --input - <<JSON
{ "reviewers": [{ "type": "User", "id": $me }] }
JSON
echo "$repo: environments staging, and production, which waits for your yes"
echo "Next: their variables and secrets, as deploy/README.md says"
