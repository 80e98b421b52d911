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

me=$(gh api user --jq .id)
environments="repos/$repo/environments"
gh api --silent --method PUT "$environments/staging" || lacks="$lacks staging"
if gh api --silent --method PUT "$environments/production" --input - <<JSON
{ "reviewers": [{ "type": "User", "id": $me }] }
JSON
then
    echo "$repo: environments staging, and production, which waits for your yes"
else
    gh api --silent --method PUT "$environments/production" || lacks="$lacks production"
    gh variable set PRODUCTION --body "by hand"
    echo "$repo: nobody can be asked before production; so CD goes there only when it is started by hand"
fi
if [ -n "$lacks" ]; then
    echo "Lacks, for the reasons above:$lacks" >&2
    exit 1
fi
echo "Next: their variables and secrets, as deploy/README.md says"
