#!/usr/bin/env bash
# `make template` and `make template-update`: what changed in the template of this repository.
# shellcheck disable=SC2016 # the backticks are Markdown's
set -euo pipefail

CRUFT=${CRUFT:-uvx cruft@2.16.0}
ON_GITHUB=${GITHUB_ACTIONS:-}

refuse() {
    echo "${ON_GITHUB:+::error::}$*" >&2
    exit 1
}

# A line for the person, and for the summary of a workflow.
say() {
    echo "${ON_GITHUB:+::notice::}$*"
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then echo "$*" >> "$GITHUB_STEP_SUMMARY"; fi
}

# A value for the next steps of a workflow.
tell() {
    if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "$1=$2" >> "$GITHUB_OUTPUT"; fi
}

recorded() {
    sed -n "s/^  \"$1\": \"\(.*\)\",\$/\1/p" .cruft.json
}

check() {
    look
    tell outcome "$outcome"
    case $outcome in
        unlinked) say "This repository follows no template: type \`uvx cruft link <its address>\`," \
            "answer as when it was made, and commit .cruft.json" ;;
        current) say "Up to date with $template, ${latest:0:7}" ;;
        proposed) say "The changes of $template are in the branch $branch already" ;;
        behind) say "$template went from ${before:0:7} to ${latest:0:7}: \`make template-update\`" ;;
    esac
}

look() {
    outcome=unlinked
    if [ ! -f .cruft.json ]; then return; fi
    template=$(recorded template)
    before=$(recorded commit)
    latest=$(git ls-remote "$template" HEAD | cut -f 1) ||
        refuse "The template $template can't be reached, for the reason above;" \
            "if it has moved, change its address in .cruft.json"
    branch=template/${latest:0:7}
    outcome=behind
    if git show-ref --quiet "$branch"; then outcome=proposed; fi
    if [ "$latest" = "$before" ]; then outcome=current; fi
}

update() {
    look
    if [ "$outcome" != behind ]; then
        check
        return
    fi
    test -z "$(git status --porcelain)" ||
        refuse "Changes are not committed, and an update could not be told from them;" \
            "commit or stash them"

    git switch --quiet --create "$branch"
    if ! $CRUFT update --skip-apply-ask; then
        leave
        refuse "The update failed, for the reason above; nothing has changed"
    fi
    # Git marks a conflict in its file, or leaves it beside that where it lacks the former state.
    marked=$(git diff --name-only --diff-filter=U)
    rejected=$(git ls-files --others --exclude-standard '*.rej')
    if [ -z "$(git status --porcelain -- . ':!.cruft.json')" ]; then
        leave
        say "$template went on, in nothing that is in this repository"
        return
    fi
    # What is locked and composed from the files that have just changed.
    refreshed=yes
    if [ -z "$marked$rejected" ] && ! git diff --quiet HEAD -- pyproject.toml conf; then
        make --no-print-directory setup params || refreshed=
    fi
    commit
}

leave() {
    git reset --quiet --hard
    git switch --quiet -
    git branch --quiet --delete "$branch"
}

commit() {
    title="Take up the template's ${latest:0:7}"
    if [ -n "$marked$rejected" ]; then title="$title, with conflicts"; fi
    if ! git config user.email > /dev/null; then
        export GIT_AUTHOR_NAME="github-actions[bot]" GIT_COMMITTER_NAME="github-actions[bot]"
        export GIT_AUTHOR_EMAIL="41898282+github-actions[bot]@users.noreply.github.com"
        export GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
    fi
    git add --all -- . ':!*.rej'
    # The hooks would refuse conflicts, which are to be seen and resolved in the branch.
    git commit --quiet --no-verify --message "$title"

    body=$(git rev-parse --git-path template.md)
    text=$(describe)
    echo "${text:0:60000}" > "$body" # GitHub takes 65536 characters
    say "$title"
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$body" >> "$GITHUB_STEP_SUMMARY"; fi
    tell branch "$branch"
    tell title "$title"
    tell body "$body"
    if [ -z "$ON_GITHUB" ]; then echo "Next: git show, make check, git push --set-upstream origin $branch"; fi
}

describe() {
    changed=$(git diff --name-only HEAD~ HEAD)
    echo "$template went from ${before:0:7} to ${latest:0:7}."
    case $template in
        https://github.com/*) echo "[Its changes](${template%.git}/compare/$before...$latest)" ;;
    esac
    if [ -n "$marked" ]; then
        printf '\nConflicts, between `<<<<<<<` and `>>>>>>>` in this branch:\n\n'
        echo "$marked" | listed
    fi
    echo "$rejected" | while read -r file; do
        test -n "$file" || continue
        printf '\nThis conflicts in `%s`, and was left out:\n\n~~~~diff\n' "${file%.rej}"
        cat "$file"
        echo "~~~~"
    done
    if [ -n "$marked$rejected" ]; then
        printf '\nResolve the conflicts, then `make setup params check`.\n'
    elif [ -z "$refreshed" ]; then
        printf '\n`make setup params` failed: mend that first.\n'
    fi
    if echo "$changed" | grep -q '^\.github/workflows/'; then
        printf '\nIt changes workflows. A run can push these only with the secret `TEMPLATE_TOKEN`;\n'
        printf 'without it, `make template-update` and `git push` on your machine.\n'
    fi
    printf '\nChanged:\n\n'
    echo "$changed" | listed
}

listed() {
    sed 's/.*/- `&`/'
}

# On one line, which is read as a whole: an update may replace this file while it runs.
case $1 in check) check ;; update) update ;; esac; exit
