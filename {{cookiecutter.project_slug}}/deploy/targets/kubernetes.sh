# A cluster, by the overlay of the environment's name, in the namespace <service>-<environment>.

settings() {
    need_on_github KUBE_CONFIG secret "a kubeconfig that may change that namespace"
}

secrets() {
    if [ -n "${KUBE_CONFIG:-}" ]; then
        printf '%s\n' "$KUBE_CONFIG" >"$work/kubeconfig"
        export KUBECONFIG="$work/kubeconfig"
    fi
    unset KUBE_CONFIG
}

kube() {
    kubectl --namespace "$service-$environment" "$@"
}

rolled_out() {
    if ! kube rollout status "deployment/$service" --timeout=300s; then
        kube get pods >&2
        return 1
    fi
}

deploy() {
    cp -R deploy/kubernetes "$work"
    # The base calls its image `service`. Named there, it is no longer what an overlay would name.
    printf 'images: [{name: service, newName: "%s", newTag: "%s"}]\n' "$IMAGE" "$TAG" \
        >>"$work/kubernetes/base/kustomization.yaml"
    kubectl kustomize "$work/kubernetes/overlays/$environment" >"$work/manifests.yaml"
    grep -qF "image: $wanted" "$work/manifests.yaml" ||
        refuse "deploy/kubernetes/base has no image \`service\`, whose place $wanted would take"
    kube apply -f - <"$work/manifests.yaml"
    rolled_out
}

undo() {
    local runs history revisions
    runs="$(current)"
    if [ -n "$wanted" ] && [ "$runs" != "$wanted" ]; then
        say "nothing to undo: ${runs:-nothing} is there, not $wanted"
        return
    fi
    history="$([ -z "$runs" ] || kube rollout history "deployment/$service")"
    revisions="$(printf '%s\n' "$history" | grep -c '^[0-9]' || true)"
    if [ "$revisions" -lt 2 ]; then
        say "nothing is known to have run there before $runs"
        return
    fi
    kube rollout undo "deployment/$service"
    rolled_out
    runs="$(current)"
    say "$runs runs again"
}

current() {
    kube get deployment "$service" --ignore-not-found \
        --output 'jsonpath={.spec.template.spec.containers[0].image}{"\n"}'
}

forward() {
    exec kubectl --namespace "$service-$environment" port-forward --address 127.0.0.1 \
        "service/$service" "$1:80" >/dev/null
}
