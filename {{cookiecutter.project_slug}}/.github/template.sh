#!/usr/bin/env bash
# `make template`, `make template-update`, `make part`: what this repository takes from its template.
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
    sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" .cruft.json
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
    story="$template went from ${before:0:7} to ${latest:0:7}."
    case $template in
        https://github.com/*) story="$story
[Its changes](${template%.git}/compare/$before...$latest)" ;;
    esac
    title="Take up the template's ${latest:0:7}"
    start
    bring
    if [ -z "$(git status --porcelain -- . ':!.cruft.json')" ]; then
        leave
        say "$template went on, in nothing that is in this repository"
        return
    fi
    finish
}

# Adds the part ADD or removes the part REMOVE. The answer is recorded, so later updates keep to it.
part() {
    test -f .cruft.json ||
        refuse "This repository follows no template: \`make template\` says how to link one"
    known=$(recorded __known_parts) # part:need,need
    test -n "$known" ||
        refuse "This repository is older than its template's parts: \`make template-update\` first"
    names=$(echo "$known" | sed 's/:[^ ]*//g')
    had=$(recorded __parts)
    name=${ADD:-$REMOVE}
    if [ -z "$name" ]; then
        for each in $names; do
            if has "$each" "$had"; then echo "$each is there"; else echo "$each: make part ADD=$each"; fi
        done
        return
    fi
    test "$name" = "$ADD$REMOVE" || refuse "ADD or REMOVE names one part, not both"
    has "$name" "$names" || refuse "$name is no part; the parts are: ${names// /, }"
    if [ -n "$ADD" ]; then
        title="Add the part $name" branch=part/add-$name wanted="$had $name"
        ! has "$name" "$had" || refuse "The part $name is there already"
    else
        title="Remove the part $name" branch=part/remove-$name wanted=" $had "
        wanted=${wanted/ $name / }
        has "$name" "$had" || refuse "The part $name is not there"
        for entry in $known; do
            if has "${entry%%:*}" "$had" && has "$name" "$(echo "${entry#*:}" | tr , ' ')"; then
                refuse "The part ${entry%%:*} needs $name: remove ${entry%%:*} first"
            fi
        done
    fi
    ! git show-ref --quiet "$branch" ||
        refuse "The branch $branch is there already: merge it, or delete it"

    template=$(recorded template)
    wanted=$(echo $wanted) # without blanks at its ends
    start
    bring --checkout "$(recorded commit)" --variables-to-update "{\"parts\": \"${wanted:-none}\"}"
    # The commit was asked for this once; later updates go to the newest again.
    record=$(sed 's/^  "checkout": .*/  "checkout": null,/' .cruft.json)
    echo "$record" > .cruft.json
    now=$(recorded __parts)
    if [ "$now" = "$had" ]; then
        leave
        refuse "The part $name stays: this repository's model needs it"
    fi
    story="Its parts were: ${had:-none}. Now they are: ${now:-none}."
    finish
    for each in $now; do
        has "$each" "$had $name" || say "The part $each was added too: $name needs it"
    done
}

has() {
    case " $2 " in *" $1 "*) ;; *) return 1 ;; esac
}

start() {
    test -z "$(git status --porcelain)" ||
        refuse "Changes are not committed, and an update could not be told from them;" \
            "commit or stash them"
    git switch --quiet --create "$branch"
}

# Applies the difference between two renders: of two states of the template, or with two answers.
bring() {
    said=$(git rev-parse --git-path template.log)
    if ! $CRUFT update --skip-apply-ask "$@" 2>&1 | tee "$said"; then
        leave
        refuse "The update failed, for the reason above; nothing has changed"
    fi
    # Git marks a conflict in its file, or leaves it beside that where it lacks the former state.
    marked=$(git diff --name-only --diff-filter=U)
    rejected=$(git ls-files --others --exclude-standard '*.rej')
    # A file that the template no longer has stays if it was changed here.
    kept=$(sed -n 's/^error: patch failed: \(.*\):[0-9]*$/\1/p' "$said" | sort -u | while read -r file; do
        if [ ! -f "$file.rej" ] && git diff --quiet HEAD -- "$file"; then echo "$file"; fi
    done)
}

leave() {
    git reset --quiet --hard
    git switch --quiet -
    git branch --quiet --delete "$branch"
}

# What is locked and composed from files that have just changed, and a commit.
finish() {
    refreshed=yes
    if [ -z "$marked$rejected$kept" ] && ! git diff --quiet HEAD -- pyproject.toml conf; then
        make --no-print-directory setup params || refreshed=
    fi
    if [ -n "$marked$rejected$kept" ]; then title="$title, with conflicts"; fi
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
    echo "$story"
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
    if [ -n "$kept" ]; then
        printf '\nChanged here and gone from the template, so these stay as they are:\n\n'
        echo "$kept" | listed
    fi
    if [ -n "$marked$rejected$kept" ]; then
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
case $1 in check) check ;; update) update ;; part) part ;; esac; exit
