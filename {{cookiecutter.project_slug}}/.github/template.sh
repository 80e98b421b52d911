#!/usr/bin/env bash
# `make template`, `make template-update`, `make part`: what this repository takes from its template.
{%- if cookiecutter.__notebook %}
# `make notebook`: what the template makes of the notebook's next version.
{%- endif %}
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
    sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" "${2:-.cruft.json}"
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

# Begins the branch. Its arguments are pathspecs of the files whose changes would be in the way.
start() {
    test -z "$(git status --porcelain -- "$@")" ||
        refuse "Changes are not committed, and an update could not be told from them;" \
            "commit or stash them"
    ! git show-ref --quiet "$branch" ||
        refuse "The branch $branch is there already: merge it, or delete it"
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
    git checkout --quiet -
    git branch --quiet --delete --force "$branch"
}

# What is locked and composed from files that have just changed, and a commit.
# SETUP=no leaves them to whoever calls this.
finish() {
    refreshed=yes
    new_locks=()
    for lock in uv.lock requirements.lock; do
        # Who never set up has no lock file, and gets none by an update.
        if [ ! -f "$lock" ]; then new_locks+=("$lock"); fi
    done
    if [ "${SETUP:-}" != no ] && [ -z "$marked$rejected$kept" ] && ! git diff --quiet HEAD -- pyproject.toml conf; then
        make --no-print-directory setup params || refreshed=
    fi
    if [ -n "$marked$rejected$kept" ]; then title="$title, with conflicts"; fi
    rm -f -- ${new_locks[@]+"${new_locks[@]}"}
    record . ':!*.rej'
    propose
    # A workflow still has to propose what it made, with the line that says so.
    if [ -z "$refreshed" ] && [ -z "$ON_GITHUB" ]; then refuse "\`make setup params\` failed, for the reason above"; fi
}

# Commits the files of some pathspecs.
record() {
    if ! git config user.email > /dev/null; then
        export GIT_AUTHOR_NAME="github-actions[bot]" GIT_COMMITTER_NAME="github-actions[bot]"
        export GIT_AUTHOR_EMAIL="41898282+github-actions[bot]@users.noreply.github.com"
        export GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
    fi
    git add --all -- "$@"
    # The hooks would refuse conflicts, which are to be seen and resolved in the branch.
    git commit --quiet --no-verify --message "$title"
}

propose() {
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
{%- if cookiecutter.__notebook %}

# Takes up FILE, the notebook's next version: Git merges the difference between what the template
# writes from the two versions into what has changed here since. Then it checks, and trains.
notebook() {
    slug={{ cookiecutter.project_slug }}
    package={{ cookiecutter.package_name }}
    former=$(sed -n 's/^notebook: //p' notebooks/parity.yaml)
    next=${FILE:-}
    usable
    work=$(mktemp -d)
    trap 'undo; rm -rf "$work"' EXIT
    cp "$next" "$work/next.copy"
    git show "${FROM:-HEAD}:$former" > "$work/former.copy" 2> "$work/log" ||
        refuse "Git knows no $former at ${FROM:-HEAD}: name a commit that has it in FROM=…"
    if cmp -s "$work/former.copy" "$work/next.copy"; then same; fi

    branch=notebook/$(git hash-object "$next" | cut -c -7)
    title="Take up the notebook ${next##*/}"
    begun=$(git symbolic-ref --quiet --short HEAD || git rev-parse --short HEAD)
    place
    start "${theirs[@]}"
    started=yes
    if [ "$inside" = "$former" ]; then
        git checkout --quiet HEAD -- "$former"
        theirs=(.)
    fi
    fetch
    render former "$former"
    render next "$former"
    comparable
    merge
    if [ -n "$marked" ]; then
        title="$title, with conflicts"
        record "${theirs[@]}"
        started=
        conflicts
        return
    fi
    refresh
    record "${theirs[@]}"
    trained=
    if [ "${PIPELINE:-yes}" != no ]; then train; fi
    started=
    differences
    echo "Taken up in the branch $branch. Next: git show, make check, and merge it" \
        "(back without it: git checkout $begun)"
}

# Refuses what can't be a notebook's next version, and where it could not be taken up.
usable() {
    test -n "$next" || refuse "Name the notebook's next version: make notebook FILE=next.ipynb"
    case $next in
        *.ipynb | *.py) ;;
        *) refuse "$next is no notebook: name an .ipynb or a .py file in FILE=…" ;;
    esac
    test -f "$next" || refuse "There is no file $next: name the notebook's next version in FILE=…"
    table=$(sed -n '/^data:/,/^[^ ]/s/^  path: //p' params.yaml)
    case $table in sklearn.*) table= ;; esac
    test -z "$table" || test -f "$table" ||
        refuse "The table $table is not here: \`dvc pull\` first"
    test -f .cruft.json || test -n "${TEMPLATE:-}" ||
        refuse "This repository does not record its template: make notebook FILE=$next TEMPLATE=…," \
            "its folder or address"
    command -v dvc > /dev/null || refuse "The repository's commands are not here: \`make setup\` first"
    command -v "${CRUFT%% *}" > /dev/null ||
        refuse "The template is rendered by \`$CRUFT\`, and there is no ${CRUFT%% *} here: install uv"
}

# The next version is the one that is here already. Was it edited in place, and committed?
same() {
    commits=$(git log -2 --format=%h -- "$former")
    if [ -z "${FROM:-}" ] && [ "$(echo "$commits" | wc -l)" -eq 2 ]; then
        refuse "$next is the notebook that is here already; if it was edited in place and committed," \
            "name a commit from before: make notebook FILE=$next FROM=$(echo "$commits" | tail -n 1)"
    fi
    refuse "$next is the notebook that is here already: there is nothing to take up"
}

# Where FILE lies in this repository, if it does: there it is no change that would be in the way.
place() {
    root=$(pwd -P)
    folder=$(cd "$(dirname "$next")" && pwd -P)
    inside=
    theirs=(.)
    case $folder/ in "$root"/*)
        inside=${folder#"$root"}/${next##*/}
        inside=${inside#/}
        theirs+=(":(exclude,literal)$inside")
        ;;
    esac
}

# Leaves the repository as it was, unless all is done.
undo() {
    if [ -z "${started:-}" ]; then return; fi
    leave
    if [ "$inside" = "$former" ]; then cp "$work/next.copy" "$former"; fi
    # What set-up and stages leave, where Git does not know it yet.
    git clean --quiet --force -d -- .dvc data reports dvc.lock uv.lock requirements.lock
    if [ "$started" = pipeline ] && [ -f dvc.lock ]; then dvc checkout --quiet || true; fi
    if [ "$started" = pipeline ] && [ -n "$installs" ]; then make --no-print-directory setup || true; fi
    echo "Nothing has changed: $begun is as it was" >&2
}

# Fetches the template as it was when this repository was made, or followed it last; where that is
# not recorded, as it is.
fetch() {
    commit=HEAD
    template=${TEMPLATE:-}
    if [ -f .cruft.json ]; then
        commit=$(recorded commit)
        template=${TEMPLATE:-$(recorded template)}
        given=$(sed -n '/"context": {/,/^    }/p' .cruft.json |
            sed -n -E 's/^ *("([a-z][a-z_]*|__python_version)": ".*"),?$/\1,/p' |
            grep -v -E '^"(dataset|notebook)"')
    else
        given='"project_slug": "{{ cookiecutter.project_slug }}", "package_name": "{{ cookiecutter.package_name }}",
            "parts": "{{ cookiecutter.__parts or "none" }}", "__python_version": "{{ cookiecutter.__python_version }}",'
    fi
    git clone --quiet "$template" "$work/template" 2> "$work/log" ||
        refuse "The template $template can't be reached ($(tail -n 1 "$work/log"));" \
            "if it lies elsewhere now, name that: make notebook FILE=$next TEMPLATE=…"
    git -C "$work/template" cat-file -e "$commit" 2> "$work/log" ||
        refuse "The template $template has no commit ${commit:0:7}: \`make template-update\` first"
    commit=$(git -C "$work/template" rev-parse "$commit")
    git archive HEAD notebooks | tar -x -C "$work"
    # Modules of its author's lie beside a notebook.
    (cd "$folder" && find . -maxdepth 2 -name '*.py' -not -path '*/.*' -print0) > "$work/modules"
    tar -c -C "$folder" --null -T "$work/modules" -f - | tar -x -C "$work/notebooks" -f -
    # So do the tables beside the one to learn from, under the names that the notebook has for them.
    for each in "$folder"/*.*; do
        if [ "$each" != "$folder/${next##*/}" ]; then beside "$each" "${each##*/}"; fi
    done
    while read -r each; do
        beside "$root/${each##*: }" "$(echo "${each%: *}" | tr -d "\"'" | sed 's|.*[/\]||')"
    done < <(sed -n '/^data:/,/^[^ ]/s/^  \(.*: data\/raw\/.*\)$/\1/p' notebooks/parity.yaml)
}

# Lets a file be found beside the notebook.
beside() {
    if [ -f "$1" ] && [ ! -e "$work/notebooks/$2" ]; then ln -s "$1" "$work/notebooks/$2"; fi
}

# Renders this repository from a version of its notebook, and fetches what came out. Both versions
# stand at the same place in turn, so that nothing differs but what they say.
render() {
    stands="$work/$2"
    if [ "$1" = next ]; then stands="${stands%.*}.${next##*.}"; fi
    rm -f "$stands"
    cp "$work/$1.copy" "$stands"
    answers="{$given \"dataset\": \"${table:+$root/$table}\", \"notebook\": \"$stands\"}"
    (
        cd "$work"
        mkdir "$1"
        _TYPER_STANDARD_TRACEBACK=1 $CRUFT create "$work/template" --checkout "$commit" --no-input \
            --output-dir "$1" --extra-context "$answers"
    ) > "$work/log" 2>&1 || refuse "$next can't be taken up: $(reason)"
    cp "$work/log" "$work/$1.log"
    made="$work/$1/$slug"
    test -n "$(recorded __notebook "$made/.cruft.json")" || refuse "$next can't be taken up: $(reason)"
    # These follow from the merged files, and from what was recorded here.
    git -C "$made" rm --quiet --cached --ignore-unmatch .cruft.json params.yaml
    nobody=(-c user.name=template -c user.email=template -c commit.gpgSign=false)
    git -C "$made" "${nobody[@]}" commit --quiet --amend --no-verify --no-edit
    git fetch --quiet --no-tags "$made" HEAD
    tree=$(git rev-parse 'FETCH_HEAD^{tree}')
    if [ "$1" = former ]; then was=$tree; else is=$tree; fi
}

# Why a render failed, or holds no model of the notebook's.
reason() {
    sed -n -e 's/^.*FailedHookException: //p' -e "s/^The notebook's own model is not in it: //p" \
        -e 's/^The repo could not be made: //p' "$work/log" > "$work/reason"
    if [ ! -s "$work/reason" ]; then tail -n 1 "$work/log" > "$work/reason"; fi
    head -n 1 "$work/reason" | sed -e "s|$work/||g" -e "s|${stands##*/}|${next##*/}|g"
}

# Refuses a notebook that learns from another table. A person may know that it is the same one.
comparable() {
    reads=$(table_of next)
    for each in "$(table_of former)" "${table##*/}" "${TABLE:-}"; do
        if [ -n "$each" ] && [ "$(lower "$each")" = "$(lower "$reads")" ]; then return; fi
    done
    known=$(table_of former)
    refuse "$next reads $reads, and this repository learns from $known. If that is the same table:" \
        "make notebook FILE=$next TABLE=$reads. If not, it is another repository:" \
        "$CRUFT create $template"
}

# The name of the table that a version of the notebook reads, as it calls it.
table_of() {
    found=$(sed -n '/^data:/,/^[^ ]/s/^  \(.*\): data\/raw\/.*$/\1/p' \
        "$work/$1/$slug/notebooks/parity.yaml" | head -n 1 | tr -d "\"'")
    found=${found:-$(recorded __data_path "$work/$1/$slug/.cruft.json")}
    echo "${found##*[/\\]}"
}

lower() {
    echo "$1" | tr '[:upper:]' '[:lower:]'
}

# Merges what differs between the two renders into what is here. Marks conflicts in their files; a
# file that one side changed and the other removed stays as it is here.
merge() {
    from=$(git "${nobody[@]}" commit-tree "$was" -m "${former##*/}")
    to=$(git "${nobody[@]}" commit-tree "$is" -p "$from" -m "${next##*/}")
    part_again
    git cherry-pick --no-commit --strategy-option no-renames "$to" > "$work/log" 2>&1 || true
    gone=$(git status --porcelain | sed -n 's/^DU //p')
    kept=$(git status --porcelain | sed -n 's/^UD //p')
    for each in $gone; do git rm --quiet --force -- "$each"; done
    for each in $kept; do git add -- "$each"; done
    marked=$(git diff --name-only --diff-filter=U)
    if [ -z "$marked$kept$gone" ] && grep -q '^\(error\|fatal\):' "$work/log"; then
        refuse "Git can't merge what differs ($(head -n 1 "$work/log"))"
    fi
    new="notebooks/$(recorded __notebook_file "$work/next/$slug/.cruft.json")"
    cp "$work/next.copy" "$new"
    # What was compared is the former version.
    rm -f reports/parity.json
    for each in README.md docs/from-the-notebook.md; do
        test -f "$each" || continue
        sed 's/^\(Compared with the notebook: \).*/\1not yet (`make pipeline` compares)/' "$each" > "$work/text"
        cp "$work/text" "$each"
    done
    # Tables that it looks something up in, and the former version did not.
    for each in "$work/next/$slug"/data/raw/*; do
        raw=data/raw/${each##*/}
        if [ ! -e "$raw" ] && [ -e "$raw.dvc" ]; then cp "$each" "$raw" && dvc add --quiet "$raw"; fi
    done
    if [ ! -f .cruft.json ]; then return; fi
    # In the record of answers, what was inferred from the notebook.
    diff "$work/former/$slug/.cruft.json" "$work/next/$slug/.cruft.json" |
        sed -n 's/^> //p' > "$work/inferred" || true
    awk -F '"' 'FILENAME == ARGV[1] { line[$2] = $0; next } { print $2 in line ? line[$2] : $0 }' \
        "$work/inferred" .cruft.json > "$work/record"
    cp "$work/record" .cruft.json
}

# Where the notebook's cells are replayed, and nobody has changed how, that was not a person's choice:
# the next version is parted like the first, until a comparison shows that it can't be.
part_again() {
    cells=src/$package/steps/notebook_cells.py
    own=("src/$package/features.py" "src/$package/prepare.py")
    if [ ! -f "$cells" ]; then return; fi
    replayed=$(git log -1 --format=%H -- "$cells")
    git diff --quiet "$replayed" HEAD -- "${own[@]}" || return 0
    git rm --quiet --ignore-unmatch "$cells" "${cells%cells.py}inputs.py"
    git checkout --quiet "$from" -- "${own[@]}"
    for each in conf/data/*.yaml; do
        line=$(git show "$from:$each" 2> "$work/log" | grep '^features:') || continue
        LINE=$line awk '/^features:/ { print ENVIRON["LINE"]; next } { print }' "$each" > "$work/text"
        cp "$work/text" "$each"
        git add -- "$each"
    done
    each=docs/from-the-notebook.md
    test -f "$each" || return 0
    sed '/^| form | /d' "$each" > "$work/text"
    cp "$work/text" "$each"
    git add -- "$each"
}

# What is locked, composed and described from files that have just changed.
refresh() {
    installs=
    if ! git diff --quiet HEAD -- pyproject.toml; then installs=yes; fi
    started=pipeline
    test -z "$installs" || make --no-print-directory setup ||
        refuse "What $next imports can't be installed, for the reason above"
    git show HEAD:params.yaml > "$work/params.yaml"
    make --no-print-directory params || refuse "conf/ can't be composed, for the reason above"
    python -m "$package.stages.describe" "+before='$work/params.yaml'" ||
        refuse "data/schema.yaml can't be described, for the reason above"
    dvc params diff "$begun" --targets params.yaml > "$work/params"
}

# Compares with the notebook, and trains.
train() {
    make --no-print-directory pipeline | sed '/^Next: /d' ||
        refuse "The pipeline fails with $next, for the reason above"
    trained=yes
    title="Train by ${next##*/}"
    record "${theirs[@]}"
}

conflicts() {
    say "$title"
    echo "Git can't tell which lines are to stay. Resolve what stands between <<<<<<< and >>>>>>> in:"
    echo "$marked" | sed 's/^/  /'
    stays
    echo "Then: make setup params schema, git diff, git commit --all, make pipeline" \
        "(back without it: git checkout $begun)"
}

# Where Git had to decide between a change and a removal.
stays() {
    for each in $kept; do echo "$each stays: it was changed here, and the notebook needs it no more"; done
    for each in $gone; do echo "$each stays away: it was removed here, and the notebook changes it"; done
}

# Shows steps, parameters, verdict and scores, before and after.
differences() {
    sed -n '/^Not carried over/,/^$/p' "$work/next.log"
    stays
    echo
    row step "$begun" "$branch"
    for module in prepare features; do
        { steps "$begun"; steps HEAD; } | sort -u | while read -r each; do
            was=$(step "$begun")
            is=$(step HEAD)
            now=changed
            if [ "$was" = "$is" ]; then now=same; fi
            if [ -z "$was" ]; then now=new; fi
            if [ -z "$is" ]; then now=gone; fi
            row "$module.$each" "${was:+there}" "$now"
        done
    done
    row "compared with the notebook" "$(verdict "$begun")" "${trained:+$(verdict HEAD)}"
    echo
    cat "$work/params"
    echo
    if [ -n "$trained" ]; then
        dvc metrics diff --all "$begun" 2> "$work/log"
    else
        echo "Neither compared with the notebook nor trained, by PIPELINE=no: make pipeline"
    fi
}

row() {
    printf '%-40s  %-12s  %s\n' "$@"
}

# The names of a module's steps at a commit.
steps() {
    git show "$1:src/$package/$module.py" | sed -n 's/^def \([a-zA-Z0-9_]*\)(.*/\1/p'
}

# The text of a module's step at a commit.
step() {
    git show "$1:src/$package/$module.py" |
        sed -n "/^def $each(/,/^[a-zA-Z@]/p" | sed '1!{/^[a-zA-Z@]/d;}'
}

# What the comparison with the notebook came to at a commit.
verdict() {
    git show "$1:reports/parity.json" 2> "$work/log" |
        sed -n 's/^  "verdict": "\(.*\)",\{0,1\}$/\1/p'
}
{%- endif %}

# On one line, which is read as a whole: an update may replace this file while it runs.
case $1 in check) check ;; update) update ;; part) part ;;{{ ' notebook) notebook ;;' if cookiecutter.__notebook }} esac; exit
